/** The function that a module of the caller exports by default. @throws TypeError if it exports none */
export async function loadModule<Run extends (...args: never[]) => unknown>(
  module: string,
): Promise<Run> {
  const { default: run } = (await import(module)) as { default?: Run };
  if (typeof run !== 'function') {
    throw new TypeError(`the module ${module} has no function as its default export`);
  }
  return run;
}
