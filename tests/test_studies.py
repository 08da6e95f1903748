import pytest

from corpus.studies import design, participants


@pytest.mark.parametrize(
    ("title", "article_type", "abstract", "found"),
    [
        ("Rolling the calf: a randomized controlled trial", "research-article", "", "randomized trial"),
        ("Rolling the calf: protocol of a randomised trial", "research-article", "", "protocol"),
        (
            "Massage for back pain: a systematic review of randomized trials",
            "research-article",
            "",
            "systematic review",
        ),
        ("Massage for pain: a meta-analysis", "review-article", "", "systematic review"),
        ("Fascia: a narrative review", "review-article", "", "review"),
        ("What is fascia?", "review-article", "", "review"),
        ("Clinical practice guideline for neck pain", "research-article", "", "guideline"),
        ("Adherence to guidelines and guideline use", "research-article", "", "guideline"),
        ("Compartment syndrome after massage: a case report", "case-report", "", "case report"),
        (
            "Stiffness of the calf",
            "research-article",
            "Adults were randomly assigned to rolling or rest.",
            "randomized trial",
        ),
        (
            "Stiffness of the calf",
            "research-article",
            "A cross-sectional study was done.",
            "observational study",
        ),
        ("Massage of rats", "research-article", "They were randomly allocated.", "laboratory study"),
        ("Stiffness of the calf", "research-article", "We measured stiffness.", ""),
    ],
)
def test_the_sort_of_study_is_what_the_paper_says(title, article_type, abstract, found):
    assert design(title, article_type, abstract) == found


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("A total of 60 subjects were divided into two groups of 30 subjects.", 60),
        ("Thirty-four soccer players were randomly assigned.", 34),
        ("We enrolled 1,024 healthy adult volunteers.", 1024),
        ("Twenty women and thirty-one men took part and participated fully.", None),
        ("Fifty-nine patients (31 women and 28 men) were included.", 59),
        ("The study included 30 women with chronic pelvic pain.", 30),
        ("Pain fell by 30 points in patients who were included.", None),
        ("Of those included, 30% of patients got better.", None),
        ("It was randomized over 12 weeks in patients.", None),
        ("Subjects aged 18 to 40 years were recruited.", None),
        ("40 patients got better.", None),
        ("Seventy five healthy male volunteers were selected for this study.", 75),
        ("An experimental, crossover design study of 18 nursing home residents aged 75 or over.", 18),
        ("", None),
    ],
)
def test_how_many_took_part_is_told_only_where_it_is_said(sentence, found):
    assert participants([sentence]) == found


@pytest.mark.parametrize(
    ("heading", "found"),
    [("Participants", 59), ("Patients", 59), ("Subjects and Methods", None), ("Results", None), ("", None)],
)
def test_under_a_heading_about_them_people_are_counted_without_a_verb(heading, found):
    assert participants(["59 patients, age 51.8 ± 9.0 years, with chronic low back pain."], heading) == found
