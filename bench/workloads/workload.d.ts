// A workload: cells, each one line of a table or several, that are measured one after the other in one page of one contestant.
import type { Page } from "playwright-core";
import type { Ability, Contestant } from "../contestants.mjs";
import type { Server } from "../server/index.mjs";

/** Where a workload finds what it needs. */
export interface World {
  page: Page;
  contestant: Contestant;
  /** The bench's own server. */
  server: Server;
  /** A broker, where the workload asks for one. */
  broker: { url: string; tcpPort: number } | null;
  site: string;
  /** No other page has it; a workload that connects more than once adds to it. */
  clientId: string;
  /** Opens the contestant's page. */
  open: () => Promise<void>;
  connect: (how?: { clientId?: string; durable?: boolean; clean?: boolean }) => Promise<void>;
}

/** What came of measuring once: a figure; what is said in place of one that was not waited for; or what was wrong. */
export type Outcome = { value: number } | { instead: string } | { wrong: string };

export type Unit = "messages/s" | "ms" | "round trips" | "KB" | "KiB";

export interface Row {
  /** Unique in its workload. */
  name: string;
  unit: Unit;
}

export interface Cell {
  rows: Row[];
  /** What a contestant has to be able to do; of others it says why not. */
  needs: Ability[];
  /** An outcome for each row. */
  measure: (world: World) => Promise<Outcome[]>;
}

export interface Workload {
  name: string;
  title: string;
  /** Said below the title: what is done, and what is measured. */
  about: string;
  /** In so many rounds at most. */
  rounds: number;
  needsBroker?: boolean;
  /** Before the page is opened. */
  before?: (world: World) => Promise<unknown>;
  /** Opens the page, connects, warms up. */
  prepare: (world: World) => Promise<void>;
  cells: (quick: boolean) => Cell[];
}
