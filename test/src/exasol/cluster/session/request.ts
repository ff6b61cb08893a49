/** A client's message. */
import { ExasolError } from '../exasol-error.js';

export type Request = Readonly<Record<string, unknown>>;

/** Integers of 16 digits and more come as strings, so that no digit is lost. */
export function parseRequest(text: string): Request {
  const exact = text.replace(/"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g, (found) =>
    found.startsWith('"') ? found : `"${found}"`,
  );
  const request: unknown = JSON.parse(exact);
  if (typeof request !== 'object' || request === null)
    throw new ExasolError('00000', 'Invalid request');
  return request as Request;
}

export const textOf = (request: Request, field: string): string => {
  const value = request[field];
  return typeof value === 'string' ? value : '';
};

export const numberOf = (request: Request, field: string): number => Number(request[field] ?? 0);

export const listOf = <T>(request: Request, field: string): readonly T[] => {
  const value = request[field];
  return Array.isArray(value) ? (value as T[]) : [];
};

export const objectOf = (request: Request, field: string): Request => {
  const value = request[field];
  return typeof value === 'object' && value !== null ? (value as Request) : {};
};
