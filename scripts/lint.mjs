// `npm run lint`: set the checkout up, then check formatting, import order, layers and cycles.
import { lint } from './checks/tools.mjs';
import { command } from './process/command.mjs';
import { setup } from './setup/setup.mjs';

await command(async () => {
  await setup();
  await lint();
  return 0;
});
