// A workload: cells, each one line of a table, that are measured one after the other in one page of one contestant.
import type { Page } from "playwright-core";
import type { Contestant } from "../contestants.mjs";
import type { Server } from "../server/index.mjs";

/** Where a workload finds what it needs. */
export interface World {
  page: Page;
  contestant: Contestant;
  server: Server;
  clientId: string;
}

/** What came of measuring a cell once: a figure, or why there is none. */
export type Outcome = { value: number } | { wrong: string };

export interface Cell {
  /** Names the cell: unique in its workload. */
  name: string;
  measure: (world: World) => Promise<Outcome>;
}

export interface Workload {
  name: string;
  title: string;
  unit: string;
  /** Which is the better one, to compare by. */
  better: "higher" | "lower";
  /** Before the cells, unmeasured. */
  prepare: (world: World) => Promise<void>;
  cells: (quick: boolean) => Cell[];
}
