// The few things of the platform that have the same name in a window and in a worker.

export const random = () => {
  const { crypto } = globalThis;
  if (crypto?.getRandomValues) return crypto.getRandomValues(new Uint32Array(1))[0];
  return Math.floor(Math.random() * 2 ** 32);
};
