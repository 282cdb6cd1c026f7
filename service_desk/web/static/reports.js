// Draws every <div class="chart" data-option="…"> with ECharts, in the page's own colours.
(() => {
  const charts = new Map();

  const theme = () => {
    const style = getComputedStyle(document.documentElement);
    const token = (name) => style.getPropertyValue(name).trim();
    const line = { lineStyle: { color: token("--line") } };
    const axis = { axisLine: line, axisTick: line, splitLine: line, axisLabel: { color: token("--muted") } };
    return {
      color: [1, 2, 3, 4, 5, 6, 7].map((n) => token(`--chart-${n}`)),
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: token("--text") },
      legend: { textStyle: { color: token("--text") } },
      tooltip: { backgroundColor: token("--raised"), borderColor: token("--line"), textStyle: { color: token("--text") } },
      categoryAxis: axis,
      valueAxis: axis,
      bar: { barMaxWidth: 36 },
      pie: { label: { color: token("--text") }, itemStyle: { borderColor: token("--surface"), borderWidth: 2 } },
    };
  };

  const draw = () => {
    const look = theme();
    for (const element of document.querySelectorAll(".chart[data-option]")) {
      charts.get(element)?.dispose();
      const chart = echarts.init(element, look);
      chart.setOption({ animation: false, ...JSON.parse(element.dataset.option) });
      charts.set(element, chart);
    }
  };

  draw();
  new ResizeObserver(() => charts.forEach((chart) => chart.resize())).observe(document.querySelector("main"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
