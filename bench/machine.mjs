// What the bench ran on.
import { arch, cpus, platform, totalmem } from "node:os";

export const machine = () => {
  const all = cpus();
  return `${all[0]?.model.trim() || arch()}, ${all.length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()}`;
};
