/** What goes wrong between the node's HTTP client and a tunnel, in the words and numbers of libcurl. */

export interface TransferProblem {
  readonly message: string;
  /** CURLE_… */
  readonly code: number;
  readonly strerror: string;
}

export class TransferError extends Error {
  readonly problem: TransferProblem | undefined;
  /** HTTP status where that is the problem. */
  readonly status: number | undefined;

  constructor(problem: TransferProblem | number) {
    super(typeof problem === 'number' ? `status ${problem}` : problem.message);
    this.problem = typeof problem === 'number' ? undefined : problem;
    this.status = typeof problem === 'number' ? problem : undefined;
  }
}

type Make = (message: string) => TransferError;

const problem =
  (code: number, strerror: string): Make =>
  (message: string): TransferError =>
    new TransferError({ message, code, strerror });

export const couldNotConnect: Make = problem(7, "Couldn't connect to server");
export const partialFile: Make = problem(18, 'Transferred a partial file');
export const badContent: Make = problem(
  61,
  'Unrecognized or bad HTTP Content or Transfer-Encoding',
);
export const tlsFailed: Make = problem(35, 'SSL connect error');
export const nothingReturned: Make = problem(52, 'Server returned nothing (no headers, no data)');
export const sendFailed: Make = problem(55, 'Failed sending data to the peer');
export const receiveFailed: Make = problem(56, 'Failure when receiving data from the peer');
export const badCertificate: Make = problem(
  60,
  'SSL peer certificate or SSH remote key was not OK',
);
export const wrongPin: Make = problem(90, 'SSL public key does not match pinned public key');
export const badReply: Make = problem(8, 'Weird server reply');

/** `[https://127.0.0.2:20001/000.csv failed after 0 bytes. […],[18],[Transferred a partial file]]` */
export function describeTransfer(url: string, bytes: number, error: TransferError): string {
  const { problem: curl, status } = error;
  if (curl === undefined) return `[${url} failed with error code=${status} after ${bytes} bytes.]`;
  return `[${url} failed after ${bytes} bytes. [${curl.message}],[${curl.code}],[${curl.strerror}]]`;
}

/** What a socket's own error means while sending. */
export function whileSending(error: NodeJS.ErrnoException): TransferError {
  if (error.code === 'ECONNRESET') return sendFailed('Send failure: Connection reset by peer');
  return sendFailed('Send failure: Broken pipe');
}
