// `npm run soak [-- arguments]`: set the checkout up, then run test/dist/soak/main.js.
import { runNode } from './process/child.mjs';
import { command } from './process/command.mjs';
import { inCheckout } from './setup/checkout.mjs';
import { setup } from './setup/setup.mjs';

await command(async () => {
  await setup();
  // Memory that is only not collected yet, or kept by malloc for its threads, must not pass for a leak.
  const env = { ...process.env, MALLOC_ARENA_MAX: '2' };
  const flags = ['--max-semi-space-size=2'];
  return runNode([...flags, inCheckout('test/dist/soak/main.js'), ...process.argv.slice(2)], {
    env,
  });
});
