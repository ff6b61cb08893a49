import type { HostAddress } from '../dsn/resolve-hosts.js';
import { ExasolConnectionError } from '../errors.js';
import {
  FingerprintError,
  type OpenSocket,
  openSocket,
  type SocketOptions,
} from './open-socket.js';

/**
 * A WebSocket to the first address that takes one.
 * @throws ExasolConnectionError that lists what each said if none does; at once if a certificate is not the one that was named
 */
export async function openAny(
  addresses: readonly HostAddress[],
  options: SocketOptions,
): Promise<OpenSocket> {
  const failures: ExasolConnectionError[] = [];
  for (const address of addresses) {
    try {
      return await openSocket(address, options);
    } catch (error) {
      if (!(error instanceof ExasolConnectionError) || error instanceof FingerprintError) {
        throw error;
      }
      failures.push(error);
    }
  }
  const [first] = failures;
  if (failures.length === 1 && first !== undefined) {
    throw first;
  }
  const said = failures.map(({ message }) => message).join('; ');
  throw new ExasolConnectionError(`None of ${failures.length} addresses can be used: ${said}`, {
    cause: new AggregateError(failures),
    ...(first === undefined ? {} : { code: first.code }),
  });
}
