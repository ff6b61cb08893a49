import { runNodeQuietly } from '../process/child.mjs';
import { StepFailure } from '../process/command.mjs';
import { step } from '../process/step.mjs';
import { inCheckout } from './checkout.mjs';
import { notWritableAdvice } from './ownership.mjs';
import { bundleThread } from './thread-bundle.mjs';

/**
 * Compiles and bundles what changed since the last time.
 * @param {{ readOnly: boolean }} checkout
 */
export async function compile({ readOnly }) {
  await step('building', async () => {
    const tsc = await runNodeQuietly([inCheckout('node_modules/typescript/bin/tsc'), '-b']);
    if (tsc.exitCode !== 0) {
      const advice = readOnly ? `\n${notWritableAdvice()}` : '';
      throw new StepFailure(`The build failed.${advice}`, {
        log: tsc.output,
        exitCode: tsc.exitCode,
      });
    }
    await bundleThread({ readOnly });
  });
}
