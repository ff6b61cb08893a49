// `npm run build`: install what is missing, compile what changed.
import { command } from './process/command.mjs';
import { setup } from './setup/setup.mjs';

await command(async () => {
  await setup();
  return 0;
});
