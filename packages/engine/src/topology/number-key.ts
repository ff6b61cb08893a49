/** Key values as numbers, in the forms that `pg` gives and takes them. */

/**
 * An integer given as a number, a bigint or decimal text; text that a number holds exactly becomes one.
 * @throws TypeError for anything else. The range of the type is not looked at.
 */
export function integerKey(type: string, value: unknown): number | bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value !== 'string' || !/^[+-]?\d+$/.test(value))
    throw wrongKind(type, 'an integer', value);
  return value.length <= 15 ? Number(value) : BigInt(value.replace(/^\+/, ''));
}

/**
 * A float given as a number or as text.
 * @throws TypeError for anything else.
 */
export function floatKey(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && value.trim() !== '') {
    const parsed = Number(value);
    if (!Number.isNaN(parsed) || /^\s*nan\s*$/i.test(value)) return parsed;
  }
  throw wrongKind('float', 'a number', value);
}

/** The error for a value that no column of this type gives. */
export function wrongKind(type: string, expected: string, value: unknown): TypeError {
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : typeof value;
  return new TypeError(`a key of type ${type} must be ${expected}, not ${shown}`);
}
