/** `FORMAT='DD-MM-YYYY'` of an IMPORT's column: back to what PostgreSQL reads. Formats of numbers need no change. */

const FIELDS: readonly (readonly [string, string])[] = [
  ['YYYY', '(?<year>\\d{4})'],
  ['MM', '(?<month>\\d{1,2})'],
  ['DD', '(?<day>\\d{1,2})'],
  ['HH24', '(?<hour>\\d{1,2})'],
  ['MI', '(?<minute>\\d{1,2})'],
  ['SS', '(?<second>\\d{1,2})'],
];

export function formatReader(format: string): (text: string) => string {
  if (!/YYYY|HH24/i.test(format)) return (text) => text;
  let pattern = format
    .toUpperCase()
    .replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
    .replace(/FF\d?/, '(?<fraction>\\d+)');
  for (const [name, field] of FIELDS) pattern = pattern.replace(name, field);
  const expression = new RegExp(`^${pattern}$`);
  return (text) => {
    const found = expression.exec(text)?.groups;
    if (found === undefined) return text;
    const date = `${found.year ?? '0001'}-${found.month ?? '01'}-${found.day ?? '01'}`;
    if (found.hour === undefined) return date;
    return `${date} ${found.hour}:${found.minute ?? '00'}:${found.second ?? '00'}.${found.fraction ?? '0'}`;
  };
}
