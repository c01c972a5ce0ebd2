/** One line of a chart; a point without `y` is left out. */
export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number | undefined }[];
}

/** One panel of a chart. */
export interface Panel {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
}

const PANEL_WIDTH = 520;
const PANEL_HEIGHT = 360;
const HEAD = 56;
const FOOT = 44;
const plot = { left: 64, right: 20, top: 34, bottom: 52 } as const;
/** Told apart by the colour-blind too, and each has a mark of its own shape. */
const colours = ["#0b62a4", "#c8500a", "#1b7f4b", "#8e3a9d", "#5b5b5b", "#a07400"];
const font = "font-family=\"system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif\"";
/** x is drawn by its logarithm if it spans so much. */
const LOG_SPAN = 8;

/** Draws panels side by side with one legend, on white, as an SVG document. */
export function lineChart(title: string, subtitle: string, panels: readonly Panel[]): string {
  const width = PANEL_WIDTH * panels.length;
  const height = HEAD + PANEL_HEIGHT + FOOT;
  const names = [...new Set(panels.flatMap(({ series }) => series.map(({ name }) => name)))];
  const body = panels.map((panel, i) => {
    return `<g transform="translate(${i * PANEL_WIDTH} ${HEAD})">\n${drawPanel(panel, names)}\n</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ${font}>
<rect width="${width}" height="${height}" fill="#ffffff"/>
${text(16, 24, title, 'font-size="16" font-weight="600" fill="#1a1a1a"')}
${text(16, 44, subtitle, 'font-size="12" fill="#555555"')}
${body.join("\n")}
${drawLegend(names, HEAD + PANEL_HEIGHT + 20)}
</svg>
`;
}

function drawPanel({ title, xLabel, yLabel, series }: Panel, names: readonly string[]): string {
  const points = series.flatMap((one) => one.points).filter(({ y }) => y !== undefined);
  const xs = [...new Set(series.flatMap((one) => one.points.map(({ x }) => x)))].sort((a, b) => a - b);
  const xScale = scaleOf(xs);
  const ticks = niceTicks(Math.max(0, ...points.map(({ y }) => y ?? 0)));
  const top = ticks.at(-1)!;
  const right = PANEL_WIDTH - plot.right;
  const floor = PANEL_HEIGHT - plot.bottom;
  const toX = (x: number): number => round(plot.left + xScale(x) * (right - plot.left));
  const toY = (y: number): number => round(floor - (y / top) * (floor - plot.top));
  const grid = ticks.map((tick) => {
    const y = toY(tick);
    const line = `<line x1="${plot.left}" y1="${y}" x2="${right}" y2="${y}" stroke="${tick === 0 ? "#888888" : "#e4e4e4"}"/>`;
    return line + text(plot.left - 8, y + 4, plainNumber(tick), 'font-size="11" fill="#444444" text-anchor="end"');
  });
  const marks = xs.map((x) => {
    const line = `<line x1="${toX(x)}" y1="${floor}" x2="${toX(x)}" y2="${floor + 5}" stroke="#888888"/>`;
    return line + text(toX(x), floor + 19, plainNumber(x), 'font-size="11" fill="#444444" text-anchor="middle"');
  });
  const lines = series.map((one) => drawSeries(one, names.indexOf(one.name), toX, toY));
  const middle = (plot.top + floor) / 2;
  return [
    text(plot.left, 18, title, 'font-size="13" font-weight="600" fill="#1a1a1a"'),
    ...grid,
    ...marks,
    text((plot.left + right) / 2, floor + 40, xLabel, 'font-size="12" fill="#444444" text-anchor="middle"'),
    text(16, middle, yLabel, `font-size="12" fill="#444444" text-anchor="middle" transform="rotate(-90 16 ${middle})"`),
    ...lines,
  ].join("\n");
}

function drawSeries({ points }: Series, index: number, toX: (x: number) => number, toY: (y: number) => number): string {
  const colour = colours[index % colours.length]!;
  const known = points.flatMap(({ x, y }) => (y === undefined ? [] : [{ x: toX(x), y: toY(y) }]));
  const line = known.map(({ x, y }) => `${x},${y}`).join(" ");
  const path = `<polyline points="${line}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"/>`;
  return [path, ...known.map(({ x, y }) => marker(x, y, index, colour))].join("\n");
}

/** A circle, a square, a diamond or a triangle. */
function marker(x: number, y: number, index: number, colour: string): string {
  const style = `fill="${colour}" stroke="#ffffff" stroke-width="1"`;
  switch (index % 4) {
    case 0:
      return `<circle cx="${x}" cy="${y}" r="4.5" ${style}/>`;
    case 1:
      return `<rect x="${round(x - 4)}" y="${round(y - 4)}" width="8" height="8" ${style}/>`;
    case 2:
      return `<path d="M${x} ${round(y - 5.5)}l5.5 5.5-5.5 5.5-5.5-5.5z" ${style}/>`;
    default:
      return `<path d="M${x} ${round(y - 5.5)}l5.5 9.5h-11z" ${style}/>`;
  }
}

function drawLegend(names: readonly string[], y: number): string {
  let x = 20;
  return names
    .map((name, i) => {
      const entry =
        marker(x, y - 4, i, colours[i % colours.length]!) + text(x + 12, y, name, 'font-size="12" fill="#1a1a1a"');
      x += 36 + name.length * 7;
      return entry;
    })
    .join("\n");
}

/** Maps the values to 0–1 with a little room at both ends: by logarithm if they span much. */
function scaleOf(values: readonly number[]): (value: number) => number {
  const low = values[0] ?? 1;
  const high = values.at(-1) ?? 1;
  if (high <= low) return () => 0.5;
  const measure = high / low >= LOG_SPAN ? Math.log : (value: number): number => value;
  return (value) => 0.05 + (0.9 * (measure(value) - measure(low))) / (measure(high) - measure(low));
}

/** From 0 to what lies at or above `max`, in four to six steps of 1, 2 or 5 times a power of ten. */
export function niceTicks(max: number): number[] {
  if (!(max > 0)) return [0, 1];
  const rough = max / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step =
    [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough * 0.999) ?? power * 10;
  const count = Math.ceil(max / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

function plainNumber(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: 3, useGrouping: true }).replaceAll(",", "\u202f");
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${x}" y="${y}" ${attributes}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
