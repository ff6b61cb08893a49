/** Where a call into the engine was made, so that an error from another thread can say so. */
export interface CallSite {
  readonly stack?: string;
}

/** Remembers the present stack from the function `below` downwards. */
export function captureCallSite(below: (...args: never[]) => unknown): CallSite {
  const site: { stack?: string } = {};
  Error.captureStackTrace(site, below);
  return site;
}

/** Gives an error the stack of the call that it answers; its own stays visible where it has a cause. */
export function withCallerStack<E extends Error>(error: E, site: CallSite): E {
  const frames = site.stack?.split('\n').slice(1).join('\n');
  if (frames) error.stack = `${error.name}: ${error.message}\n${frames}`;
  return error;
}
