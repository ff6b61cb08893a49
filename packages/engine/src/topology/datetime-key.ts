/**
 * Dates and timestamps to the integers PostgreSQL stores: days, or microseconds, since 2000-01-01
 * (src/include/datatype/timestamp.h). A JavaScript Date is read as `pg` writes it: the local calendar and clock for
 * `date` and `timestamp`, the instant for `timestamptz`.
 */

/** The stored form of ±infinity: the ends of the integer's range (DATEVAL_NOEND, DT_NOEND and their opposites). */
const DATE_END = { positive: 0x7fffffff, negative: -0x80000000 } as const;
const TIMESTAMP_END = {
  positive: 0x7fff_ffff_ffff_ffffn,
  negative: -0x8000_0000_0000_0000n,
} as const;

const DAYS_1970_TO_2000 = 10957;
const DAY_MICROSECONDS = 86_400_000_000;
const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

const DATE = /^(\d{4,})-(\d\d)-(\d\d)$/;
const TIME =
  /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(?:\s*([+-])(\d\d)(?::?(\d\d))?(?::(\d\d))?|\s*(Z))?$/i;

/**
 * Days since 2000-01-01 of a Date, an ISO date (`2001-01-31`, `0044-03-15 BC`), or `infinity` as text or number.
 * @throws TypeError or RangeError when the value is no date.
 */
export function dateKey(value: unknown): number {
  const end = infiniteSign(value);
  if (end !== 0) return end > 0 ? DATE_END.positive : DATE_END.negative;
  if (value instanceof Date) return localDays(value);
  if (typeof value !== 'string')
    throw new TypeError(`a date key must be a Date or text, not ${typeof value}`);
  const { text, beforeChrist } = splitEra(value);
  return parseDays(text, beforeChrist);
}

/**
 * Microseconds since 2000-01-01 of a Date, an ISO timestamp with at most six decimals, or `infinity`.
 * With `zoned` the text must carry its offset: what a bare one means depends on the session.
 * @returns a bigint where a number would not be exact (years far from ours).
 * @throws TypeError or RangeError when the value is no timestamp.
 */
export function timestampKey(value: unknown, zoned: boolean): number | bigint {
  const end = infiniteSign(value);
  if (end !== 0) return end > 0 ? TIMESTAMP_END.positive : TIMESTAMP_END.negative;
  if (value instanceof Date) return zoned ? instantMicroseconds(value) : localMicroseconds(value);
  if (typeof value !== 'string')
    throw new TypeError(`a timestamp key must be a Date or text, not ${typeof value}`);
  return parseMicroseconds(value, zoned);
}

function infiniteSign(value: unknown): number {
  if (value === Number.POSITIVE_INFINITY || value === 'infinity') return 1;
  if (value === Number.NEGATIVE_INFINITY || value === '-infinity') return -1;
  return 0;
}

function splitEra(value: string): { text: string; beforeChrist: boolean } {
  const beforeChrist = /\sBC$/i.test(value);
  return { text: (beforeChrist ? value.slice(0, -2) : value).trim(), beforeChrist };
}

function parseDays(text: string, beforeChrist: boolean): number {
  const match = DATE.exec(text);
  if (match === null) throw new TypeError(`not an ISO date: ${JSON.stringify(text)}`);
  const year = beforeChrist ? 1 - Number(match[1]) : Number(match[1]);
  const month = Number(match[2]);
  const day = Number(match[3]);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 2 && !leap ? 28 : MONTH_DAYS[month - 1];
  if (Number(match[1]) === 0 || last === undefined || day < 1 || day > last)
    throw new RangeError(`no such day: ${JSON.stringify(text)}`);
  return daysSince2000(year, month, day);
}

/** Days from 2000-01-01 in the proleptic Gregorian calendar; years begin in March so that the leap day comes last. */
function daysSince2000(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - 400 * era;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra =
    365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468 - DAYS_1970_TO_2000;
}

function parseMicroseconds(value: string, zoned: boolean): number | bigint {
  const { text, beforeChrist } = splitEra(value);
  const gap = text.search(/[ T]/);
  const days = parseDays(gap < 0 ? text : text.slice(0, gap), beforeChrist);
  const match = TIME.exec(gap < 0 ? '00:00' : text.slice(gap + 1));
  if (match === null) throw new TypeError(`not an ISO timestamp: ${JSON.stringify(value)}`);
  const [, hour, minute, second, fraction, sign, zoneHour, zoneMinute, zoneSecond, utc] = match;
  if (zoned && sign === undefined && utc === undefined) {
    throw new TypeError(`a timestamptz key needs its offset from UTC: ${JSON.stringify(value)}`);
  }
  if (Number(hour) > 24 || Number(minute) > 59 || Number(second ?? 0) > 60) {
    throw new RangeError(`no such time: ${JSON.stringify(value)}`);
  }
  const clock = seconds(hour, minute, second) * 1e6 + Number((fraction ?? '').padEnd(6, '0'));
  const offset = zoned && sign !== undefined ? seconds(zoneHour, zoneMinute, zoneSecond) * 1e6 : 0;
  return microseconds(days, clock - (sign === '-' ? -offset : offset));
}

function seconds(
  hour: string | undefined,
  minute: string | undefined,
  second: string | undefined,
): number {
  return Number(hour ?? 0) * 3600 + Number(minute ?? 0) * 60 + Number(second ?? 0);
}

function localDays(date: Date): number {
  requireValid(date);
  return daysSince2000(date.getFullYear(), date.getMonth() + 1, date.getDate());
}

function localMicroseconds(date: Date): number | bigint {
  const clock =
    ((date.getHours() * 60 + date.getMinutes()) * 60 + date.getSeconds()) * 1000 +
    date.getMilliseconds();
  return microseconds(localDays(date), clock * 1000);
}

function instantMicroseconds(date: Date): number | bigint {
  requireValid(date);
  const days = Math.floor(date.getTime() / 86_400_000);
  return microseconds(days - DAYS_1970_TO_2000, (date.getTime() - days * 86_400_000) * 1000);
}

function microseconds(days: number, clockMicroseconds: number): number | bigint {
  const total = days * DAY_MICROSECONDS + clockMicroseconds;
  return Number.isSafeInteger(total)
    ? total
    : BigInt(days) * BigInt(DAY_MICROSECONDS) + BigInt(clockMicroseconds);
}

function requireValid(date: Date): void {
  if (Number.isNaN(date.getTime())) throw new RangeError('an invalid Date has no place');
}
