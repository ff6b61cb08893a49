/** A bar that a figure has to clear, and whether it did. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly limit: number;
  readonly direction: 'at most' | 'at least';
  readonly unit: string;
  readonly pass: boolean;
}

/** A bar that passes at or below its limit. */
export function atMost(name: string, value: number, limit: number, unit: string): Bar {
  return { name, value, limit, direction: 'at most', unit, pass: value <= limit };
}

/** A bar that passes at or above its limit. */
export function atLeast(name: string, value: number, limit: number, unit: string): Bar {
  return { name, value, limit, direction: 'at least', unit, pass: value >= limit };
}
