/** What planning one SELECT takes, and what it comes to. */
import type { SelectStmt } from '../../sql/tree.js';
import type { Binding } from '../binder/block.js';
import type { PlanClass, PlannedStep } from '../distributed-plan.js';
import type { PlanContext } from '../plan-context.js';
import type { StageMaker } from './stage-kind.js';

export interface SettleRequest {
  readonly binding: Binding;
  readonly context: PlanContext;
  readonly stage: StageMaker;
  /** The statement's own text, where it has not been changed. */
  readonly text: string | undefined;
}

/** A step that gives the answer, or a SELECT to be planned in its place, over rows that a stage has brought together. */
export type Settled =
  | {
      readonly kind: 'step';
      readonly class: PlanClass;
      readonly step: PlannedStep;
      readonly proof: string;
    }
  | { readonly kind: 'select'; readonly select: SelectStmt; readonly proof: string };
