/**
 * A horizontal bar chart as SVG text, made by hand: no script, no web font, no background. Its tones are chosen to be
 * readable on white and on black, because an image in a README does not learn which theme surrounds it.
 */

/** A bar of a panel. */
export interface ChartBar {
  readonly label: string;
  readonly kind: 'floor' | 'ours' | 'peer';
  readonly value: number;
  /** What is written at the bar's end. */
  readonly caption: string;
}

/** One group of bars over one scale. */
export interface ChartPanel {
  readonly title: string;
  readonly bars: readonly ChartBar[];
}

/** A whole chart. */
export interface Chart {
  readonly title: string;
  readonly subtitle: string;
  readonly panels: readonly ChartPanel[];
}

const size = {
  width: 760,
  margin: 20,
  labelWidth: 210,
  captionWidth: 150,
  barHeight: 18,
  step: 27,
  head: 62,
  panelHead: 34,
};
const tone = {
  text: '#6f7d89',
  strong: '#57799e',
  floor: '#8f99a3',
  ours: '#2188ff',
  peer: '#d0812f',
} as const;
const font = 'font-family="-apple-system, \'Segoe UI\', Helvetica, Arial, sans-serif"';

/** The chart as an SVG document. */
export function barChart(chart: Chart): string {
  const parts: string[] = [
    text(size.margin, 28, chart.title, { size: 17, weight: 600, fill: tone.strong }),
    text(size.margin, 48, chart.subtitle, { size: 12, fill: tone.text }),
  ];
  let top = size.head;
  for (const panel of chart.panels) {
    parts.push(...panelParts(panel, top));
    top += panelHeight(panel);
  }
  const height = top + 12;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${height}" width="${size.width}" ` +
      `height="${height}" role="img" aria-label="${escapeXml(chart.title)}" ${font}>`,
    `<title>${escapeXml(chart.title)}</title>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function panelHeight(panel: ChartPanel): number {
  return size.panelHead + panel.bars.length * size.step + 8;
}

function panelParts(panel: ChartPanel, top: number): string[] {
  const left = size.margin + size.labelWidth;
  const room = size.width - left - size.captionWidth - size.margin;
  const longest = Math.max(...panel.bars.map((bar) => bar.value), Number.MIN_VALUE);
  const parts = [
    text(size.margin, top + 20, panel.title, { size: 13, weight: 600, fill: tone.text }),
  ];
  for (const [index, bar] of panel.bars.entries()) {
    const y = top + size.panelHead + index * size.step;
    const width = Math.max(2, (bar.value / longest) * room);
    const middle = y + size.barHeight / 2 + 4;
    const weight = bar.kind === 'ours' ? 600 : 400;
    parts.push(
      text(left - 10, middle, bar.label, { size: 12, weight, fill: tone.text, anchor: 'end' }),
      `<rect x="${left}" y="${y}" width="${width.toFixed(1)}" height="${size.barHeight}" rx="3" fill="${tone[bar.kind]}"/>`,
      text(left + width + 8, middle, bar.caption, { size: 12, weight, fill: tone.text }),
    );
  }
  return parts;
}

interface TextStyle {
  readonly size: number;
  readonly fill: string;
  readonly weight?: number;
  readonly anchor?: 'end';
}

function text(x: number, y: number, content: string, style: TextStyle): string {
  const weight = style.weight === undefined ? '' : ` font-weight="${style.weight}"`;
  const anchor = style.anchor === undefined ? '' : ` text-anchor="${style.anchor}"`;
  return `<text x="${x.toFixed(1)}" y="${y}" font-size="${style.size}" fill="${style.fill}"${weight}${anchor}>${escapeXml(content)}</text>`;
}

/** Text for XML and HTML. */
export function escapeXml(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
