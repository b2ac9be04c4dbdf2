// Where the examples' broker is: the query parameter `url` says (?url=wss://broker.example/mqtt), else the server they come from,
// `npm start`, whose broker is behind its own address.

/** @returns {Promise<string>} a ws:// or wss:// address */
export const brokerUrl = async () => {
  const given = new URLSearchParams(location.search).get("url");
  if (given) return given;
  const response = await fetch("/lab/info");
  if (!response.ok) throw new Error("This server knows of no broker: say where one is, ?url=wss://broker.example/mqtt");
  return (await response.json()).brokerUrl;
};
