/** A session's attributes: what a client may set, and what it may only read. */
import type { Json } from './json-writer.js';

export interface Attributes {
  autocommit: boolean;
  currentSchema: string;
  feedbackInterval: number;
  numericCharacters: string;
  queryTimeout: number;
  resultSetMaxRows: number;
  snapshotTransactionsEnabled: boolean;
  timestampUtcEnabled: boolean;
  compressionEnabled: boolean;
}

export const defaultAttributes = (): Attributes => ({
  autocommit: true,
  currentSchema: '',
  feedbackInterval: 1,
  numericCharacters: '.,',
  queryTimeout: 0,
  resultSetMaxRows: 0,
  snapshotTransactionsEnabled: false,
  timestampUtcEnabled: false,
  compressionEnabled: false,
});

/** What is not known, or of another type, is passed over. */
export function setAttributes(
  attributes: Attributes,
  wanted: Readonly<Record<string, unknown>>,
): void {
  const readOnly = new Set(['compressionEnabled']);
  for (const [name, value] of Object.entries(wanted)) {
    if (!(name in attributes) || readOnly.has(name)) continue;
    const key = name as keyof Attributes;
    if (typeof value === typeof attributes[key]) Object.assign(attributes, { [key]: value });
  }
}

export const showAttributes = (attributes: Attributes, openTransaction: boolean): Json => ({
  ...attributes,
  dateFormat: 'YYYY-MM-DD',
  dateLanguage: 'ENG',
  datetimeFormat: 'YYYY-MM-DD HH24:MI:SS.FF6',
  defaultLikeEscapeCharacter: '\\',
  openTransaction: openTransaction ? 1 : 0,
  timezone: 'UTC',
  timezoneBehavior: 'INVALID SHIFT AMBIGUOUS ST',
});
