"""What the charts are told to draw; tests/reports/test_pages.py sees them drawn."""

from service_desk.reports.documents.charts import donut_chart
from service_desk.reports.documents.tables import Translator
from service_desk.reports.figures.schemas import DimensionCount


def test_a_ring_tells_its_figures_in_the_legend_where_labels_have_no_room():
    counts = [DimensionCount("sms", 49, 49), DimensionCount("call", 22, 20)]
    option = donut_chart(counts, Translator("en"), "Channels", "channel").option
    assert [part["name"] for part in option["series"][0]["data"]] == ["SMS: 49", "Phone: 22"]
    (narrow,) = option["media"]
    assert narrow["query"] == {"maxWidth": 480}
    assert narrow["option"]["series"][0]["label"] == {"show": False}
