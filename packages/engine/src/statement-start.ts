/**
 * The rounds of one call: constants, then stages, then the step that gives the answer. More than one statement to the shards, or
 * one to several shards, runs in a snapshot of each.
 */
import type { MessagePort } from 'node:worker_threads';
import { type ColumnDescription, encodeParameter, type WireParameter } from '@millrace/postgres';
import type { CallRequest } from './call-request.js';
import type { CallScope } from './call-scope.js';
import { collectTexts } from './collect-texts.js';
import { ArraysLimitError } from './dispatch/arrays-limit-error.js';
import { collectArrays } from './dispatch/collect-arrays.js';
import type { DispatchRequest } from './dispatch/dispatch-request.js';
import type { Dispatcher } from './dispatch/dispatcher.js';
import type { MissingShard } from './dispatch/execution-part.js';
import type { Snapshot } from './dispatch/snapshot.js';
import type { Staging } from './dispatch/staging.js';
import type { StepExecution } from './dispatch/step-execution.js';
import { SqlError, UnsupportedError } from './errors.js';
import type { Settings } from './options.js';
import type {
  DistributedPlan,
  LimitValue,
  MergePlan,
  ParameterSource,
  PlannedConstant,
  PlannedLimit,
  PlannedStep,
  PlanStep,
  Stage,
  StatementPlan,
} from './plan/distributed-plan.js';
import { stageAsTable } from './staged-tables.js';
import { type PlanStarter, Statement } from './statement.js';
import type { Shard } from './topology/shards.js';

export interface RunOptions {
  readonly dispatcher: Dispatcher;
  /** Where rows are brought together, and how many at most. */
  readonly settings: Pick<Settings, 'staging' | 'pullMaxRows' | 'pullMaxBytes'>;
  readonly shards: readonly Shard[];
  readonly planned: StatementPlan;
  readonly request: CallRequest;
  readonly scope: CallScope;
  readonly keepsAll: boolean;
  /** Gives as many ports as the last step has parts: their batches go there. Not for a plan that merges. */
  readonly outputs?: (parts: number) => readonly MessagePort[];
}

/** Values of one round of LIMIT and the like. */
type Constants = readonly (string | null)[];

/** A statement that its shards have accepted, and what it took to get there. */
export interface Started {
  readonly statement: Statement;
  /** What ran before it, in order. */
  readonly finished: readonly StepExecution[];
  readonly snapshot: Snapshot | undefined;
  readonly staging: Staging | undefined;
  /** Names of the shards that batches come from; undefined where they are merged. */
  readonly shardNames: readonly string[] | undefined;
}

export class StatementStart {
  readonly #options: RunOptions;
  readonly #excluded: readonly MissingShard[];
  readonly #arrays = new Map<number, readonly string[]>();
  readonly #finished: StepExecution[] = [];
  /** The shard that answers what any of them could. */
  readonly #any: number;
  readonly #shards: readonly number[];
  #constants: Constants = [];

  constructor(options: RunOptions, excluded: readonly MissingShard[]) {
    this.#options = options;
    this.#excluded = excluded;
    const used = shardsOf(options.planned.plan).filter((shard) => this.#isThere(shard));
    this.#any = used[0] ?? this.#turn();
    this.#shards = used.length > 0 ? used : [this.#any];
  }

  async start(): Promise<Started> {
    const { planned, dispatcher, request, scope, keepsAll, outputs } = this.#options;
    const { plan, constants } = planned;
    const alone = this.#shards.length === 1 && plan.stages.length === 0 && constants.length === 0;
    const isUnion = plan.class === 'union';
    const pulls = pullsRows(plan);
    if (pulls && this.#options.settings.staging === false) throw pullRefused(plan);
    const snapshot =
      alone || isUnion ? undefined : await dispatcher.openSnapshot(this.#shards, scope.signal);
    let starter: PlanStarter = snapshot ?? dispatcher;
    let staging: Staging | undefined;
    try {
      this.#constants = await this.#computeConstants(constants, starter);
      staging = await this.#prepare(plan, starter, snapshot);
      if (staging !== undefined) starter = staging;
      const columns = planned.columns as readonly ColumnDescription[] | undefined;
      const step = this.#stepOn(staging, plan.step);
      const statement = await Statement.start(starter, {
        step,
        outputs: step.merge === undefined ? outputs?.(step.parts.length) : undefined,
        request: {
          ...request,
          parameters: this.#parameters(plan.step.parameters),
          ...(!isUnion && { shardErrors: 'fail' as const }),
        },
        scope,
        keepsAll,
        ...(columns && { columns }),
      });
      const { parts } = this.#step(plan.step);
      const names = parts.map(({ shard }) => this.#options.shards[shard]?.name ?? '');
      const shardNames = plan.step.merge === undefined ? names : undefined;
      const finished = this.#finished;
      return { statement, finished, snapshot, staging, shardNames };
    } catch (error) {
      void staging?.close();
      void snapshot?.close();
      throw error;
    }
  }

  /** Copies rows to one server, table by table. */
  async #stageTables(plan: DistributedPlan, snapshot: Snapshot): Promise<Staging> {
    const { dispatcher, settings, scope } = this.#options;
    const { signal } = scope;
    const target = typeof settings.staging === 'object' ? 'server' : this.#any;
    const staging = await dispatcher.openStaging(target, { snapshot, signal });
    try {
      let { pullMaxRows: maxRows, pullMaxBytes: maxBytes } = settings;
      for (const stage of plan.stages.filter(({ transport }) => transport === 'table')) {
        const common = this.#parameters(stage.plan.step.parameters);
        const from = this.#step(stage.plan.step).parts.map(({ shard, parameters = common }) => {
          return { shard, parameters };
        });
        const moved = await stageAsTable(staging, { stage, from }, { maxRows, maxBytes }, signal);
        maxRows -= moved.rows;
        maxBytes -= moved.bytes;
      }
      return staging;
    } catch (error) {
      void staging.close();
      throw error;
    }
  }

  /** Computes the stages of a plan. Returns where its last step finds their tables; undefined: they are arrays. */
  async #prepare(
    { stages, ...rest }: DistributedPlan,
    starter: PlanStarter,
    snapshot: Snapshot | undefined,
  ): Promise<Staging | undefined> {
    for (const stage of stages) {
      if (stage.transport !== 'arrays') continue;
      this.#arrays.set(stage.id, await this.#stageAsArrays(stage, starter, snapshot));
    }
    const inTables = stages.some(({ transport }) => transport === 'table');
    return inTables && snapshot ? this.#stageTables({ stages, ...rest }, snapshot) : undefined;
  }

  async #stageAsArrays(
    { plan, columns }: Stage,
    starter: PlanStarter,
    snapshot: Snapshot | undefined,
  ): Promise<readonly string[]> {
    const staging = await this.#prepare(plan, starter, snapshot);
    const { pullMaxRows, pullMaxBytes } = this.#options.settings;
    const step = this.#stepOn(staging, plan.step);
    const merge = step.merge ?? gatherOf(columns.length);
    const arrays = { maxRows: pullMaxRows, maxBytes: Math.min(pullMaxBytes, MOST_ARRAY_BYTES) };
    try {
      const request = { ...this.#request(plan.step), step: { ...step, merge }, arrays };
      const { literals, execution } = await collectArrays(staging ?? starter, request);
      this.#finished.push(execution);
      return literals;
    } catch (error) {
      if (!(error instanceof ArraysLimitError)) throw error;
      throw tooMuch(error);
    } finally {
      await staging?.close();
    }
  }

  #stepOn(staging: Staging | undefined, step: PlannedStep): PlanStep {
    if (staging === undefined) return this.#step(step);
    return { parts: [{ shard: staging.shard, sql: step.sql }] };
  }

  async #execute(step: PlannedStep, starter: PlanStarter): Promise<StepExecution> {
    const execution = await starter.start({ ...this.#request(step), step: this.#step(step) });
    this.#finished.push(execution);
    return execution;
  }

  #request({ parameters }: PlannedStep): Omit<DispatchRequest, 'step' | 'session'> {
    const { signal } = this.#options.scope;
    const more = { atOnce: true, losses: 'fail', onProgress: undefined } as const;
    return { ...more, parameters: this.#parameters(parameters), signal };
  }

  async #computeConstants(
    constants: readonly PlannedConstant[],
    starter: PlanStarter,
  ): Promise<Constants> {
    const values: (string | null)[] = [];
    for (const { sql, parameters } of constants) {
      const step = { shards: [this.#any], sql, parameters, merge: undefined };
      const [row] = await collectTexts(await this.#execute(step, starter));
      values.push(row?.[0] ?? null);
    }
    return values;
  }

  #step({ shards, sql, parameters: sources, merge }: PlannedStep): PlanStep {
    const there = shards === 'any' ? [] : shards.filter((shard) => this.#isThere(shard));
    const indexes = there.length > 0 ? there : [this.#any];
    const differ = indexes.length > 1 && sources.some(({ kind }) => kind === 'first-shard');
    const others = differ ? this.#parameters(sources, { isFirst: false }) : undefined;
    const parts = indexes.map((shard, i) => {
      return { shard, sql, ...(i > 0 && others && { parameters: others }) };
    });
    if (merge === undefined) return { parts };
    const { combine, sort, limit, columns } = merge;
    return { parts, merge: { combine, sort, limit: this.#limit(limit), columns } };
  }

  #limit(limit: PlannedLimit | undefined): MergePlan['limit'] {
    if (limit === undefined) return undefined;
    const count = this.#rows(limit.count, 'LIMIT');
    const offset = this.#rows(limit.offset, 'OFFSET') ?? 0;
    return { count, offset, withTies: limit.withTies };
  }

  /** A number of rows; undefined: all. Beyond 2^53 it is as good as all. */
  #rows(value: LimitValue | undefined, clause: 'LIMIT' | 'OFFSET'): number | undefined {
    if (value === undefined) return undefined;
    if (value.kind === 'number') return value.value;
    const text = value.kind === 'user' ? this.#userText(value.index) : this.#constants[value.index];
    if (text === null || text === undefined) return undefined;
    if (!/^\s*[-+]?\d+\s*$/.test(text)) {
      throw new SqlError({
        message: `invalid input syntax for type bigint: "${text}"`,
        code: '22P02',
        severity: 'ERROR',
      });
    }
    const rows = Number(text);
    if (rows >= 0) return Math.min(rows, Number.MAX_SAFE_INTEGER);
    const code = clause === 'LIMIT' ? '2201W' : '2201X';
    throw new SqlError({ message: `${clause} must not be negative`, code, severity: 'ERROR' });
  }

  /** Values for the first of a step's shards, unless said otherwise. */
  #parameters(
    sources: readonly ParameterSource[],
    { isFirst } = { isFirst: true },
  ): WireParameter[] {
    return sources.map((source) => this.#parameter(source, isFirst));
  }

  #parameter(source: ParameterSource, isFirst: boolean): WireParameter {
    switch (source.kind) {
      case 'first-shard':
        return encodeParameter(isFirst);
      case 'user':
        return this.#options.request.parameters[source.index] as WireParameter;
      case 'stage':
        return encodeParameter(this.#arrays.get(source.stage)?.[source.column]);
      case 'constant':
        return encodeParameter(this.#constants[source.index]);
      case 'rows': {
        const count = this.#rows(source.count, 'LIMIT');
        const offset = this.#rows(source.offset, 'OFFSET') ?? 0;
        return count === undefined
          ? null
          : String(Math.min(count + offset, Number.MAX_SAFE_INTEGER));
      }
    }
  }

  #userText(index: number): string | null {
    const value = this.#options.request.parameters[index];
    return value === null || value === undefined ? null : String(value);
  }

  #isThere(shard: number): boolean {
    const name = this.#options.shards[shard]?.name;
    return !this.#excluded.some((missing) => missing.shard === name);
  }

  #turn(): number {
    const there = this.#options.shards.filter(({ index }) => this.#isThere(index));
    return (there[turns++ % there.length] as Shard).index;
  }
}

/** Arrays are texts, in memory of the caller's process: larger ones are refused. */
const MOST_ARRAY_BYTES = 256 << 20;

/** All rows, as they come. */
function gatherOf(columnCount: number): MergePlan {
  const columns = Array.from({ length: columnCount }, (_, i) => i);
  return { combine: { kind: 'gather' }, sort: [], limit: undefined, columns };
}

function tooMuch({ message, rowCount, byteCount, cause }: ArraysLimitError): UnsupportedError {
  return new UnsupportedError(
    `The rows that one part of the statement gives to another are too many: ${message}; stopped after ${rowCount} rows, ${byteCount} bytes`,
    {
      clause: 'statement',
      hint: 'have it join or group by the shard key, or read less; pullMaxRows and pullMaxBytes say how much may be moved',
      cause,
    },
  );
}

/** Whether some rows of it come together in temporary tables. */
function pullsRows({ stages }: DistributedPlan): boolean {
  return stages.some(({ transport, plan }) => transport === 'table' || pullsRows(plan));
}

function pullRefused({ proof, stages }: DistributedPlan): UnsupportedError {
  const columns = stages.flatMap((stage) => stage.columns).length;
  return new UnsupportedError(
    `The statement needs rows of the shards in one place (${columns} columns): ${proof[0] ?? ''}`,
    {
      clause: 'statement',
      hint: "allow it with the option staging: 'shard', or have it join and group by the shard key",
    },
  );
}

/** Statements that any shard can answer go to each in turn. */
let turns = 0;

/** The shards that a plan asks, without those that stand for any. */
function shardsOf({ stages, step }: DistributedPlan): number[] {
  const own = step.shards === 'any' ? [] : step.shards;
  return [...new Set([...stages.flatMap(({ plan }) => shardsOf(plan)), ...own])].sort(
    (a, b) => a - b,
  );
}
