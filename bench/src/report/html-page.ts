import { escapeXml } from './bar-chart.js';

/** A page of its own with the chart and the tables as they are printed. It loads nothing. */
export function htmlPage(title: string, svg: string, lines: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(title)}</title>
<style>
  :root { color-scheme: light dark; }
  body { margin: 2rem auto; max-width: 64rem; padding: 0 1rem; font-family: system-ui, sans-serif; }
  svg { max-width: 100%; height: auto; }
  pre { overflow-x: auto; font-size: 0.8rem; line-height: 1.5; }
</style>
${svg}
<pre>${escapeXml(lines.join('\n'))}</pre>
</html>
`;
}
