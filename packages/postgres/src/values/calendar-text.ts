/** Dates and timestamps as text: PostgreSQL's dates, ISO 8601's timestamps, in the proleptic Gregorian calendar. */

const DAY_MICROS = 86_400_000_000n;

/** Microseconds that stand for `infinity` and `-infinity`: the extreme 64-bit integers. */
export const INFINITE_FUTURE = 0x7fffffffffffffffn;
export const INFINITE_PAST = -0x8000000000000000n;

/** Microseconds since 1970 as `YYYY-MM-DDTHH:MM:SS.ffffff`, with `Z` for UTC, and ` BC` where PostgreSQL writes it. */
export function timestampText(micros: bigint, utc: boolean): string {
  if (micros === INFINITE_FUTURE) return 'infinity';
  if (micros === INFINITE_PAST) return '-infinity';
  const ofDay = ((micros % DAY_MICROS) + DAY_MICROS) % DAY_MICROS;
  const seconds = Number(ofDay / 1_000_000n);
  const fraction = String(ofDay % 1_000_000n).padStart(6, '0');
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map(twoDigits)
    .join(':');
  const [date = '', era = ''] = dateText(Number((micros - ofDay) / DAY_MICROS)).split(/(?= BC)/);
  return `${date}T${clock}.${fraction}${utc ? 'Z' : ''}${era}`;
}

/** A day since 1970 as `YYYY-MM-DD`, with ` BC` where PostgreSQL writes it. In 400-year cycles from March. */
export function dateText(day: number): string {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leaps =
    Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365);
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const dayOfMonth = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  const written = String(year > 0 ? year : 1 - year).padStart(4, '0');
  return `${written}-${twoDigits(month)}-${twoDigits(dayOfMonth)}${year > 0 ? '' : ' BC'}`;
}

const TIMESTAMP =
  /^(\d+)-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?( BC)?$/;

/**
 * Microseconds since 1970 of a timestamp as PostgreSQL writes it with `DateStyle` ISO, its zone taken into account.
 *
 * @throws RangeError for a text of another form
 */
export function timestampMicros(text: string): bigint {
  if (text === 'infinity') return INFINITE_FUTURE;
  if (text === '-infinity') return INFINITE_PAST;
  const parts = TIMESTAMP.exec(text);
  if (parts === null) throw new RangeError(`'${text}' is no timestamp`);
  const part = (index: number): number => Number(parts[index] ?? 0);
  const year = parts[12] === undefined ? part(1) : 1 - part(1);
  const clock = (part(4) * 60 + part(5)) * 60 + part(6);
  const offset = (part(9) * 60 + part(10)) * 60 + part(11);
  const seconds =
    dayOf(year, part(2), part(3)) * 86_400 + clock - (parts[8] === '-' ? -1 : 1) * offset;
  return BigInt(seconds) * 1_000_000n + BigInt((parts[7] ?? '').padEnd(6, '0'));
}

/** The day since 1970 of a date; the opposite of `dateText`. Year 0 is 1 BC. */
function dayOf(year: number, month: number, dayOfMonth: number): number {
  const fromMarch = (month + 9) % 12;
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = Math.floor((153 * fromMarch + 2) / 5) + dayOfMonth - 1;
  const leaps = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * 146_097 + yearOfEra * 365 + leaps + dayOfYear - 719_468;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
