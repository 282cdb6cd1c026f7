"""The options of the charts; tests/reports/test_pages.py draws them."""

from service_desk.reports.documents.charts import donut_chart
from service_desk.reports.documents.tables import Translator
from service_desk.reports.figures.schemas import DimensionCount


def test_a_donut_has_its_figures_in_the_legend_on_a_phone():
    counts = [DimensionCount("sms", 49, 49), DimensionCount("call", 22, 20)]
    option = donut_chart(counts, Translator("en"), "Channels", "channel").option
    assert [slice_["name"] for slice_ in option["series"][0]["data"]] == ["SMS: 49", "Phone: 22"]
    (narrow,) = option["media"]
    assert narrow["query"] == {"maxWidth": 480}
    assert narrow["option"]["series"][0]["label"] == {"show": False}
