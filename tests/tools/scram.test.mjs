// The example of SCRAM-SHA-256, by RFC 7677's own example and against an independent implementation of the server's side.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { scramSha256 } from "../../examples/scram-sha-256.js";
import { serverExchange } from "../support/scram-server.mjs";

const bytes = (/** @type {string} */ text) => new TextEncoder().encode(text);
const NOTHING = new Uint8Array();
const ALICE = { username: "alice", password: "secret" };

/** RFC 7677 §3. */
const RFC = {
  username: "user", password: "pencil", nonce: "rOprNGfwEbeRWgbNEkqO",
  first: "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
  challenge: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
  final: "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
  verifier: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
};

/** Up to the server's challenge. @param {string} challenge */
const challenged = async (challenge) => {
  const authenticate = scramSha256({ ...RFC, nonce: () => RFC.nonce });
  await authenticate.step("start", NOTHING);
  return authenticate.step("continue", bytes(challenge));
};

describe("SCRAM-SHA-256", () => {
  test("says what RFC 7677 says, and accepts what its server says", async () => {
    const authenticate = scramSha256({ ...RFC, nonce: () => RFC.nonce });
    assert.equal(authenticate.method, "SCRAM-SHA-256");
    assert.equal(await authenticate.step("start", NOTHING), RFC.first);
    assert.equal(await authenticate.step("continue", bytes(RFC.challenge)), RFC.final);
    assert.equal(await authenticate.step("done", bytes(RFC.verifier)), undefined);
  });

  for (const { username, password } of [ALICE, { username: "a,b=c", password: "pass,word=" }, { username: "Zoë ﬁ", password: "Ⅸ naïve 🔑" }]) {
    test(`a server with its own cryptography accepts ${username}, and is accepted`, async () => {
      const authenticate = scramSha256({ username, password });
      const server = serverExchange({ username: username.normalize("NFKC"), password: password.normalize("NFKC") }, `${await authenticate.step("start", NOTHING)}`);
      const verifier = server.finish(`${await authenticate.step("continue", bytes(server.challenge))}`);
      assert.ok(verifier);
      await authenticate.step("done", bytes(verifier));
    });
  }

  test("a wrong password does not get past the server", async () => {
    const authenticate = scramSha256({ ...ALICE, password: "Secret" });
    const server = serverExchange(ALICE, `${await authenticate.step("start", NOTHING)}`);
    assert.equal(server.finish(`${await authenticate.step("continue", bytes(server.challenge))}`), null);
  });

  test("every authentication begins with another nonce", async () => {
    const authenticate = scramSha256(ALICE);
    const firsts = await Promise.all(Array.from({ length: 20 }, () => authenticate.step("start", NOTHING)));
    assert.equal(new Set(firsts).size, 20);
  });

  test("a signature in a step of its own is checked, and then the last step may be empty", async () => {
    const authenticate = scramSha256({ ...RFC, nonce: () => RFC.nonce });
    await authenticate.step("start", NOTHING);
    await authenticate.step("continue", bytes(RFC.challenge));
    assert.equal(await authenticate.step("continue", bytes(RFC.verifier)), undefined);
    assert.equal(await authenticate.step("done", NOTHING), undefined);
  });

  for (const { name, challenge, says } of [
    { name: "another nonce", challenge: RFC.challenge.replace("rOpr", "xOpr"), says: /nonce/ },
    { name: "no nonce of its own", challenge: `r=${RFC.nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`, says: /nonce/ },
    { name: "too few iterations", challenge: RFC.challenge.replace("i=4096", "i=4095"), says: /4095 iterations/ },
    { name: "iterations for a day", challenge: RFC.challenge.replace("i=4096", "i=4000000000"), says: /4000000000 iterations/ },
    { name: "no number of iterations", challenge: RFC.challenge.replace(",i=4096", ""), says: /no iterations/ },
    { name: "an unknown extension", challenge: `m=x,${RFC.challenge}`, says: /extension/ },
  ]) {
    test(`a challenge with ${name} is refused`, async () => assert.rejects(challenged(challenge), says));
  }

  for (const { name, last, says } of [
    { name: "a wrong signature", last: RFC.verifier.replace("6rri", "7rri"), says: /does not know the password/ },
    { name: "no signature", last: "", says: /did not show/ },
    { name: "an error", last: "e=other-error", says: /other-error/ },
  ]) {
    test(`a server that ends with ${name} is refused`, async () => {
      const authenticate = scramSha256({ ...RFC, nonce: () => RFC.nonce });
      await authenticate.step("start", NOTHING);
      await authenticate.step("continue", bytes(RFC.challenge));
      await assert.rejects(authenticate.step("done", bytes(last)), says);
    });
  }

  test("a server that accepts without having challenged is refused", async () => {
    const authenticate = scramSha256(ALICE);
    await authenticate.step("start", NOTHING);
    await assert.rejects(authenticate.step("done", bytes(RFC.verifier)), /did not show/);
  });
});
