/** What the nodes of a cluster share. */
import type { Client } from 'pg';
import type { Faults } from './faults.js';
import type { LoginKey } from './session/login.js';
import type { Tunnel } from './tunnel/tunnel.js';

export interface RunningSession {
  /** Breaks off what runs; with `whole`, the session as well. */
  kill(whole: boolean): void;
}

export interface ClusterState {
  readonly user: string;
  readonly password: string;
  readonly token: string | undefined;
  readonly releaseVersion: string;
  readonly loginKey: LoginKey;
  readonly faults: Faults;
  /** Addresses of the nodes. */
  readonly hosts: readonly string[];
  /** Of the PostgreSQL that answers. */
  readonly url: string;
  readonly admin: Client;
  readonly tunnels: Map<string, Tunnel>;
  readonly sessions: Map<bigint, RunningSession>;
  readonly kill: (session: bigint, whole: boolean) => boolean;
}
