/** From tree to the SQL that is sent, with its parameters numbered anew. */
import { castNode } from '../sql/build.js';
import { deparse } from '../sql/deparse.js';
import type { Node, SelectStmt } from '../sql/tree.js';
import { replaceNodes } from '../sql/walk.js';
import type { ParameterSource } from './distributed-plan.js';

/** Numbers of parameters in the trees of a plan: the caller's are small, those of the plan itself begin here. */
const FIRST_OWN = 1_000_000;

/** The parameters that a plan makes for itself. */
export class OwnParameters {
  readonly #sources: ParameterSource[] = [];
  readonly #types: string[] = [];

  /** A parameter of the plan's own, as a node that is cast to its type. */
  add(source: ParameterSource, typeName: string): Node {
    this.#sources.push(source);
    this.#types.push(typeName);
    return { ParamRef: { number: FIRST_OWN + this.#sources.length - 1 } };
  }

  source(number: number): ParameterSource {
    if (number < FIRST_OWN) return { kind: 'user', index: number - 1 };
    return this.#sources[number - FIRST_OWN] as ParameterSource;
  }

  typeName(number: number): string | undefined {
    return number < FIRST_OWN ? undefined : this.#types[number - FIRST_OWN];
  }
}

export interface Emitted {
  readonly sql: string;
  readonly parameters: readonly ParameterSource[];
}

export interface EmitContext {
  readonly own: OwnParameters;
  /** Types of the caller's parameters, as the server knows them. */
  readonly parameterTypes: readonly string[];
}

/**
 * Writes a SELECT. Only parameters that it uses are sent, each cast to the type it has in the caller's statement.
 *
 * @throws DeparseError
 */
export function emit(select: SelectStmt, { own, parameterTypes }: EmitContext): Emitted {
  const numbers: number[] = [];
  const renumber = (part: Node): Node =>
    replaceNodes(part, (kind, body) => {
      if (kind !== 'ParamRef') return undefined;
      const number = body.number as number;
      let index = numbers.indexOf(number);
      if (index < 0) index = numbers.push(number) - 1;
      const parameter: Node = { ParamRef: { number: index + 1 } };
      const typeName = own.typeName(number) ?? parameterTypes[number - 1];
      return typeName === undefined ? parameter : castNode(parameter, typeName);
    });
  const renumbered = renumber({ SelectStmt: select });
  const sql = deparse(renumbered);
  return { sql, parameters: numbers.map((number) => own.source(number)) };
}

/** Writes one expression. */
export function deparseExpression(node: Node): string {
  const text = deparse({
    SelectStmt: {
      targetList: [{ ResTarget: { val: node } }],
      limitOption: 'LIMIT_OPTION_DEFAULT',
      op: 'SETOP_NONE',
    },
  });
  return text.replace(/^select\s+/i, '');
}
