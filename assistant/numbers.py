"""The telephone numbers that fixed messages name, as {placeholders}. Check all of them before each release."""

from collections.abc import Mapping
from types import MappingProxyType

NUMBERS: Mapping[str, str] = MappingProxyType(
    {
        "emergency": "9-1-1",  # healthlinkbc-811-islandhealth
        "nurse_line": "8-1-1",  # healthlinkbc-811-islandhealth
        "crisis_line": "9-8-8",  # 988-canada
        "poison_control": "604-682-5050 or 1-800-567-8911",  # bc-poison-control
        "victimlink": "1-800-563-0808",  # https://www.healthlinkbc.ca/healthwise/domestic-violence
        # https://www2.gov.bc.ca/gov/content/safety/public-safety/protecting-children/reporting-child-abuse
        "child_protection": "1-800-663-9122",
        "kids_help": "1-800-668-6868",  # https://www.healthlinkbc.ca/healthwise/domestic-violence
        "seniors_line": "604-437-1940 or 1-866-437-1940",  # https://www.healthlinkbc.ca/healthwise/domestic-violence
        "kuu_us": "1-800-588-8717",  # http://helpstartshere.gov.bc.ca/stopoverdose
        "mental_health_line": "310-6789",  # http://helpstartshere.gov.bc.ca/stopoverdose
    }
)
