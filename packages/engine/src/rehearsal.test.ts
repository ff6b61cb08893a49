import { expect, test } from 'vitest';
import { rehearsePlanning } from './rehearsal.js';

test('plans without a server, and without errors', async () => {
  await expect(rehearsePlanning()).resolves.toBeUndefined();
});
