/**
 * URLs separated by commas. A comma separates only where another URL begins after it: one inside a password, or in a list
 * of hosts (which the engine refuses by name), is left where it is.
 */
export function splitShardList(text: string): string[] {
  return text
    .split(/,(?=\s*(?:\w+:\/\/|socket:|$))/)
    .map((url) => url.trim())
    .filter((url) => url !== '');
}
