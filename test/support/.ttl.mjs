// test/support/nomad.ts
import { execFileSync as execFileSync2 } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync as readFileSync3, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as join2 } from "node:path";

// src/adapters/clock.ts
import { setTimeout as delay } from "node:timers/promises";
var systemClock = () => ({
  now: () => /* @__PURE__ */ new Date(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    await delay(ms, void 0, signal ? { signal } : {}).catch((error) => {
      throw signal?.aborted ? signal.reason : error;
    });
  }
});

// src/adapters/nomad/allocs.ts
import { z as z4 } from "zod";

// src/errors/exit-codes.ts
var EXIT = {
  ok: 0,
  bug: 1,
  changesPending: 2,
  refused: 3,
  verificationFailed: 4,
  unavailable: 5,
  locked: 6,
  unknown: 7,
  usage: 64,
  interrupted: 130
};

// src/errors/codes.ts
var CODES = {
  INTERNAL: { exit: EXIT.bug, means: "an invariant of dbctl was broken" },
  INTERRUPTED: { exit: EXIT.interrupted, means: "the operator pressed Ctrl-C; the journal is kept" },
  USAGE: { exit: EXIT.usage, means: "wrong flags or arguments" },
  CONFIRMATION_MISSING: { exit: EXIT.usage, means: "a confirmation is needed and there is no terminal to ask on" },
  CONFIRMATION_DECLINED: { exit: EXIT.refused, means: "the operator did not confirm" },
  INVENTORY_NOT_FOUND: { exit: EXIT.usage, means: "no dbctl.yaml was found" },
  INVENTORY_INVALID: { exit: EXIT.usage, means: "dbctl.yaml has problems; all are listed" },
  SERVICE_UNKNOWN: { exit: EXIT.usage, means: "the service is not in the inventory" },
  NAME_UNSAFE: { exit: EXIT.usage, means: "a name cannot be rendered safely" },
  JOBSPEC_NOT_FOUND: { exit: EXIT.usage, means: "the jobspec file of the inventory does not exist" },
  JOBSPEC_UNPARSABLE: { exit: EXIT.usage, means: "the jobspec is not valid HCL for Nomad" },
  JOBSPEC_UNSUPPORTED: { exit: EXIT.refused, means: "the jobspec has a shape dbctl cannot change safely" },
  JOBSPEC_DRIFT: { exit: EXIT.refused, means: "the jobspec file and the running job differ" },
  JOB_NOT_FOUND: { exit: EXIT.refused, means: "the job is not known to Nomad" },
  JOB_CHANGED: { exit: EXIT.locked, means: "the job was changed by somebody else meanwhile" },
  NOMAD_UNAVAILABLE: { exit: EXIT.unavailable, means: "Nomad does not answer" },
  NOMAD_DENIED: { exit: EXIT.unavailable, means: "Nomad refused the token" },
  NOMAD_REJECTED: { exit: EXIT.bug, means: "Nomad refused a request as malformed" },
  NOMAD_ALLOC_FAILED: { exit: EXIT.unavailable, means: "an allocation failed; its task events are quoted" },
  NOMAD_UNPLACED: { exit: EXIT.unavailable, means: "Nomad cannot place the job; its reasons are quoted" },
  VAULT_UNAVAILABLE: { exit: EXIT.unavailable, means: "Vault is sealed or does not answer" },
  VAULT_DENIED: { exit: EXIT.unavailable, means: "Vault refused the token" },
  VAULT_SECRET_MISSING: { exit: EXIT.refused, means: "the secret does not exist although data does" },
  VAULT_CAS: { exit: EXIT.locked, means: "the secret was changed by somebody else meanwhile" },
  SECRET_MISMATCH: { exit: EXIT.refused, means: "Vault's password does not fit the role's verifier" },
  EXEC_FAILED: { exit: EXIT.unavailable, means: "a command in a task could not be run" },
  EXEC_UNKNOWN: { exit: EXIT.unknown, means: "the connection to a command was lost; it may still run" },
  SQL_FAILED: { exit: EXIT.unavailable, means: "PostgreSQL refused a statement" },
  DATABASE_UNAVAILABLE: { exit: EXIT.unavailable, means: "PostgreSQL does not answer" },
  DATABASE_NOT_FOUND: { exit: EXIT.refused, means: "the database does not exist on the server" },
  DATABASE_AMBIGUOUS: { exit: EXIT.refused, means: "env, pg_database and sessions disagree about the database" },
  DATABASE_NOT_EMPTY: { exit: EXIT.refused, means: "the target database holds data that is not of this run" },
  IDENTITY_MISMATCH: { exit: EXIT.refused, means: "system identifier or oid is not the recorded one" },
  PREFLIGHT_FAILED: { exit: EXIT.refused, means: "preflight found something unsafe; every finding is listed" },
  PORT_TAKEN: { exit: EXIT.refused, means: "the planned port is already used on that node" },
  DOWNTIME_BUDGET: { exit: EXIT.refused, means: "the rehearsal predicts more downtime than allowed" },
  FENCE_BROKEN: { exit: EXIT.refused, means: "somebody could write to the source; the move was stopped" },
  TOOLBOX_FAILED: { exit: EXIT.unavailable, means: "dump or restore failed; its last lines are quoted" },
  ARTIFACT_CORRUPT: { exit: EXIT.verificationFailed, means: "a file does not have the recorded SHA-256" },
  EVIDENCE_DIFFERS: { exit: EXIT.verificationFailed, means: "source and target are not equal; differences are listed" },
  APP_UNHEALTHY: { exit: EXIT.verificationFailed, means: "the app did not come up on the new database" },
  RUN_LOCKED: { exit: EXIT.locked, means: "another run holds the service" },
  RUN_UNFINISHED: { exit: EXIT.refused, means: "an earlier run is unfinished: --resume it" },
  RUN_NOT_FOUND: { exit: EXIT.refused, means: "there is no run to resume, roll back or finalize" },
  LOCK_LOST: { exit: EXIT.locked, means: "the lock was lost; nothing further was changed" },
  JOURNAL_INVALID: { exit: EXIT.refused, means: "the journal is damaged or of a newer version" },
  DROP_GATE: { exit: EXIT.refused, means: "a condition for dropping the source is not met" },
  STEP_UNDO_FAILED: { exit: EXIT.unknown, means: "an undo did not finish; the journal says where" },
  LAB_PREREQUISITE: { exit: EXIT.unavailable, means: "the lab needs something this machine lacks" },
  LAB_STATE: { exit: EXIT.refused, means: "the lab is not in the state this command needs" },
  NOMAD_OUTCOME_UNKNOWN: { exit: EXIT.unknown, means: "Nomad broke off before it answered; the change may have been made" }
};

// src/errors/dbctl-error.ts
var DbctlError = class extends Error {
  constructor(code, message, options = {}) {
    super(message, options.cause === void 0 ? {} : { cause: options.cause });
    this.code = code;
    this.name = "DbctlError";
    this.where = options.where;
    this.value = options.value;
    this.next = options.next;
    this.details = options.details ?? [];
  }
  code;
  where;
  value;
  next;
  details;
  get exitCode() {
    return CODES[this.code].exit;
  }
  toJSON() {
    const { code, message, where, value, next, details, exitCode } = this;
    return { code, message, where, value, next, details, exitCode };
  }
};
var isDbctlError = (error, code) => error instanceof DbctlError && (code === void 0 || error.code === code);

// src/adapters/nomad/errors.ts
var MAX_TEXT = 2e3;
var NOT_NOW = /no cluster leader|no path to region|rpc error: (EOF|connection)|connection refused|i\/o timeout/i;
var NEVER_SENT = /* @__PURE__ */ new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);
var isTransient = (failure) => failure.status === void 0 || failure.status === 429 || failure.status > 500 || NOT_NOW.test(failure.text);
function nomadError(failure) {
  const text = failure.text.trim().slice(0, MAX_TEXT);
  const options = { where: failure.request, value: failure.status ? `HTTP ${failure.status}: ${text}` : text };
  if (failure.status === void 0) return noAnswer(failure, options);
  if (failure.status === 401 || failure.status === 403) {
    return new DbctlError("NOMAD_DENIED", "Nomad refused the token", {
      ...options,
      next: "check NOMAD_TOKEN and its policy"
    });
  }
  if (text.includes("Enforcing job modify index")) {
    return new DbctlError("JOB_CHANGED", "the job was changed by somebody else meanwhile", {
      ...options,
      next: "plan again"
    });
  }
  if (isTransient(failure)) return new DbctlError("NOMAD_UNAVAILABLE", "Nomad cannot answer now", options);
  return new DbctlError("NOMAD_REJECTED", "Nomad refused the request", options);
}
function noAnswer(failure, options) {
  if (failure.mutation && !NEVER_SENT.has(failure.text)) {
    return new DbctlError(
      "NOMAD_OUTCOME_UNKNOWN",
      "Nomad broke off before it answered; the change may have been made",
      {
        ...options,
        next: "run again with --resume: it looks before it acts"
      }
    );
  }
  return new DbctlError("NOMAD_UNAVAILABLE", "Nomad does not answer", { ...options, next: "check NOMAD_ADDR" });
}

// src/adapters/nomad/exec.ts
import WebSocket from "ws";

// src/adapters/nomad/exec-frames.ts
import { z } from "zod";
var CHUNK_BYTES = 32 * 1024;
var stream = z.looseObject({ data: z.string().nullish() }).nullish();
var frame = z.looseObject({
  stdout: stream,
  stderr: stream,
  exited: z.boolean().nullish(),
  result: z.looseObject({ exit_code: z.number().nullish() }).nullish()
});
function parseExecFrame(text) {
  const parsed = frame.safeParse(parseOrUndefined(text));
  if (!parsed.success) return void 0;
  const { stdout, stderr, exited, result } = parsed.data;
  return {
    ...stdout?.data ? { stdout: Buffer.from(stdout.data, "base64") } : {},
    ...stderr?.data ? { stderr: Buffer.from(stderr.data, "base64") } : {},
    ...exited ? { exitCode: result?.exit_code ?? 0 } : {}
  };
}
function* stdinFrames(text) {
  const bytes = Buffer.from(text, "utf8");
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    yield JSON.stringify({ stdin: { data: bytes.subarray(at, at + CHUNK_BYTES).toString("base64") } });
  }
}
var stdinCloseFrame = JSON.stringify({ stdin: { close: true } });
function parseOrUndefined(text) {
  try {
    return JSON.parse(text);
  } catch {
    return void 0;
  }
}

// src/adapters/nomad/exec-output.ts
var ExecOutput = class {
  #stdout = [];
  #stderr = [];
  #needle;
  /** The last bytes seen, so that a line cut by frames is still found; starts as the end of a line before the output. */
  #tail = Buffer.from("\n");
  #found = false;
  constructor(until) {
    this.#needle = until === void 0 ? void 0 : Buffer.from(`
${until}
`, "utf8");
  }
  /** Returns true once: when this chunk completes the awaited line. */
  stdout(chunk) {
    this.#stdout.push(chunk);
    if (!this.#needle || this.#found) return false;
    const seen = Buffer.concat([this.#tail, chunk]);
    this.#found = seen.includes(this.#needle);
    this.#tail = seen.subarray(Math.max(0, seen.length - this.#needle.length + 1));
    return this.#found;
  }
  stderr(chunk) {
    this.#stderr.push(chunk);
  }
  texts() {
    return {
      stdout: Buffer.concat(this.#stdout).toString("utf8"),
      stderr: Buffer.concat(this.#stderr).toString("utf8")
    };
  }
};

// src/adapters/nomad/segment.ts
var segment = (name) => encodeURIComponent(name);
var segments = (path) => path.split("/").map(segment).join("/");

// src/adapters/nomad/exec.ts
var HEARTBEAT_MS = 1e4;
var CONNECT_TIMEOUT_MS = 15e3;
var NEVER_STARTED = /unknown allocation|unknown task|task .* not found|not found|not running|not started|no such (file|alloc)|executable file/i;
async function nomadExec(http, request2) {
  request2.signal?.throwIfAborted();
  return new Promise((resolve, reject) => new ExecSession(http, request2, resolve, reject).start());
}
var ExecSession = class {
  constructor(http, request2, resolve, reject) {
    this.request = request2;
    this.resolve = resolve;
    this.reject = reject;
    this.#output = new ExecOutput(request2.until);
    const path = `/v1/client/allocation/${segment(request2.allocId)}/exec`;
    const target = http.websocket(path, { task: request2.task, tty: false, command: JSON.stringify(request2.argv) });
    this.#socket = new WebSocket(target.url, {
      headers: target.headers,
      handshakeTimeout: CONNECT_TIMEOUT_MS,
      perMessageDeflate: false,
      followRedirects: false,
      ...target.tls
    });
  }
  request;
  resolve;
  reject;
  #output;
  #socket;
  #timers = [];
  #opened = false;
  #settled = false;
  #sawFrame = false;
  start() {
    const { signal, timeoutMs } = this.request;
    this.#socket.on("open", () => this.#onOpen());
    this.#socket.on("message", (data) => this.#onMessage(String(data)));
    this.#socket.on("unexpected-response", (request2, response) => {
      request2.destroy();
      this.#fail(nomadError({ request: this.#where, mutation: false, status: response.statusCode ?? 0, text: "" }));
    });
    this.#socket.on("error", (error) => this.#onBroken(error.code ?? "connection error"));
    this.#socket.on("close", (code, reason) => this.#onClose(code, String(reason)));
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.#timers.push(setTimeout(() => this.#onBroken(`no end within ${timeoutMs} ms`), timeoutMs));
  }
  get #where() {
    return `task ${this.request.task} of allocation ${this.request.allocId}`;
  }
  #onAbort = () => this.#onBroken("aborted");
  #onOpen() {
    this.#opened = true;
    this.#timers.push(setInterval(() => this.#send("{}"), HEARTBEAT_MS));
    void this.#sendStdin();
  }
  async #sendStdin() {
    for (const frame3 of stdinFrames(this.request.stdin ?? "")) {
      if (this.#settled || !await this.#send(frame3)) return;
    }
    if (this.request.until === void 0) await this.#send(stdinCloseFrame);
  }
  #send(frame3) {
    if (this.#socket.readyState !== WebSocket.OPEN) return Promise.resolve(false);
    return new Promise((resolve) => this.#socket.send(frame3, (error) => resolve(!error)));
  }
  #onMessage(text) {
    const frame3 = parseExecFrame(text);
    if (frame3) this.#onFrame(frame3);
    else this.#onBroken("a frame could not be read");
  }
  #onFrame(frame3) {
    this.#sawFrame ||= frame3.stdout !== void 0 || frame3.stderr !== void 0;
    if (frame3.stdout && this.#output.stdout(frame3.stdout)) void this.#send(stdinCloseFrame);
    if (frame3.stderr) this.#output.stderr(frame3.stderr);
    if (frame3.exitCode !== void 0) this.#settle({ kind: "exited", code: frame3.exitCode, ...this.#output.texts() });
  }
  #onClose(code, reason) {
    const neverStarted = !this.#sawFrame && (code === 1008 || code === 1011) && NEVER_STARTED.test(reason);
    if (neverStarted) this.#fail(notStarted(this.#where, reason));
    else this.#onBroken(`closed with ${code}${reason ? `: ${reason}` : ""} before the exit code`);
  }
  #onBroken(reason) {
    if (this.#opened) this.#settle({ kind: "lost", reason, ...this.#output.texts() });
    else this.#fail(nomadError({ request: `exec in ${this.#where}`, mutation: false, text: reason }));
  }
  #settle(result) {
    if (this.#finish()) this.resolve(result);
  }
  #fail(error) {
    if (this.#finish()) this.reject(error);
  }
  #finish() {
    if (this.#settled) return false;
    this.#settled = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.request.signal?.removeEventListener("abort", this.#onAbort);
    this.#socket.terminate();
    return true;
  }
};
var notStarted = (where, reason) => new DbctlError("EXEC_FAILED", "the command could not be started", { where, value: reason });

// src/adapters/nomad/http.ts
import { Agent } from "node:https";
import axios, { isAxiosError } from "axios";
import pRetry from "p-retry";

// src/adapters/tls.ts
import { readFileSync } from "node:fs";
function loadTls(files = {}) {
  return {
    ...files.caCert ? { ca: readPem(files.caCert) } : {},
    ...files.clientCert ? { cert: readPem(files.clientCert) } : {},
    ...files.clientKey ? { key: readPem(files.clientKey) } : {},
    ...files.serverName ? { servername: files.serverName } : {},
    rejectUnauthorized: !files.skipVerify
  };
}
function readPem(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new DbctlError("USAGE", "a certificate file cannot be read", {
      where: path,
      value: error.code ?? "unknown"
    });
  }
}

// src/adapters/nomad/http.ts
var DEFAULT_TIMEOUT_MS = 3e4;
var GET_RETRIES = 4;
function nomadHttp(config) {
  const client = createClient(config);
  const getReply = (path, options = {}) => retried(() => request(client, config, { method: "GET", path, mutation: false, ...options }), options.signal);
  return {
    address: config.address,
    getReply,
    async get(path, options) {
      const reply = await getReply(path, options);
      if (reply.status === 404) return void 0;
      return parseJson(requireOk(reply, `GET ${path}`, false));
    },
    async send(method, path, body, options = {}) {
      const mutation = !options.repeatable;
      const call = () => request(client, config, { method, path, body, mutation, ...options.query ? { query: options.query } : {} });
      const reply = await (mutation ? call() : retried(call));
      return options.pass?.includes(reply.status) ? reply : requireOk(reply, `${method} ${path}`, mutation);
    },
    websocket: (path, query) => websocketTarget(config, path, query)
  };
}
function parseJson(reply) {
  try {
    return reply.text === "" ? null : JSON.parse(reply.text);
  } catch {
    throw nomadError({ request: "answer", mutation: false, status: reply.status, text: "the answer is not JSON" });
  }
}
function requireOk(reply, request2, mutation) {
  if (reply.status < 200 || reply.status > 299)
    throw nomadError({ request: request2, mutation, status: reply.status, text: reply.text });
  return reply;
}
function createClient(config) {
  return axios.create({
    baseURL: config.address.replace(/\/+$/, ""),
    headers: config.token ? { "X-Nomad-Token": config.token.reveal() } : {},
    // Environment proxies would get the token of a loopback Nomad; redirects could carry it to another host.
    proxy: false,
    maxRedirects: 0,
    responseType: "text",
    transformResponse: (data) => data,
    validateStatus: () => true,
    httpsAgent: new Agent({ ...loadTls(config.tls), keepAlive: true })
  });
}
async function request(client, config, call) {
  const label = `${call.method} ${call.path}`;
  const response = await client.request({
    method: call.method,
    url: call.path,
    params: { ...scope(config), ...call.query },
    timeout: (config.timeoutMs ?? DEFAULT_TIMEOUT_MS) + (call.waitMs ?? 0),
    ...call.body === void 0 ? {} : { data: JSON.stringify(call.body) },
    ...call.signal ? { signal: call.signal } : {}
  }).catch((error) => {
    call.signal?.throwIfAborted();
    throw nomadError({ request: label, mutation: call.mutation, text: connectionProblem(error) });
  });
  return toReply(response, label, call.mutation);
}
function toReply(response, label, mutation) {
  const failure = { request: label, mutation, status: response.status, text: String(response.data ?? "") };
  if (response.status >= 500 && isTransient(failure)) throw nomadError(failure);
  return { status: response.status, text: failure.text, index: Number(response.headers["x-nomad-index"] ?? 0) };
}
var connectionProblem = (error) => isAxiosError(error) && error.code || "no connection";
var retried = (call, signal) => pRetry(call, {
  retries: GET_RETRIES,
  minTimeout: 100,
  maxTimeout: 1e3,
  shouldRetry: ({ error }) => "code" in error && error.code === "NOMAD_UNAVAILABLE",
  ...signal ? { signal } : {}
});
var scope = (config) => ({
  ...config.namespace ? { namespace: config.namespace } : {},
  ...config.region ? { region: config.region } : {}
});
function websocketTarget(config, path, query) {
  const url = new URL(`${config.address.replace(/\/+$/, "").replace(/^http/, "ws")}${path}`);
  for (const [key, value] of Object.entries({ ...scope(config), ...query })) url.searchParams.set(key, String(value));
  return {
    url: url.href,
    headers: config.token ? { "X-Nomad-Token": config.token.reveal() } : {},
    tls: loadTls(config.tls)
  };
}

// src/adapters/nomad/schemas.ts
import { z as z2 } from "zod";
var job = z2.looseObject({
  ID: z2.string(),
  TaskGroups: z2.array(
    z2.looseObject({ Name: z2.string(), Tasks: z2.array(z2.looseObject({ Name: z2.string(), Driver: z2.string() })) })
  )
});
var taskState = z2.looseObject({
  State: z2.enum(["pending", "running", "dead"]),
  Failed: z2.boolean(),
  Restarts: z2.number(),
  Events: z2.array(z2.looseObject({ Type: z2.string(), Time: z2.number() })).nullish().transform((events) => events ?? [])
});
var allocation = z2.looseObject({
  ID: z2.string(),
  JobID: z2.string(),
  TaskGroup: z2.string(),
  NodeID: z2.string(),
  DesiredStatus: z2.enum(["run", "stop", "evict"]),
  ClientStatus: z2.enum(["pending", "running", "complete", "failed", "lost", "unknown"]),
  CreateIndex: z2.number(),
  ModifyIndex: z2.number(),
  TaskStates: z2.record(z2.string(), taskState).nullish().transform((states) => states ?? null)
});
var evaluation = z2.looseObject({ ID: z2.string(), Status: z2.string() });
var hostVolume = z2.looseObject({
  ID: z2.string(),
  Name: z2.string(),
  NodeID: z2.string(),
  State: z2.string(),
  PluginID: z2.string()
});
var service = z2.looseObject({
  ServiceName: z2.string(),
  Address: z2.string(),
  Port: z2.number(),
  AllocID: z2.string(),
  JobID: z2.string(),
  NodeID: z2.string()
});
var file = z2.looseObject({ Name: z2.string(), IsDir: z2.boolean(), Size: z2.number() });
var submission = z2.looseObject({
  Source: z2.string(),
  Format: z2.enum(["hcl2", "json"]),
  VariableFlags: z2.record(z2.string(), z2.string()).nullish(),
  Variables: z2.string().nullish()
});
var variable = z2.looseObject({
  Items: z2.record(z2.string(), z2.string()).nullish(),
  ModifyIndex: z2.number(),
  Lock: z2.looseObject({ ID: z2.string().optional() }).nullish()
});
var toJob = (value) => check(job, value, "job");
var toAllocation = (value) => check(allocation, value, "allocation");
var toAllocations = (value) => list(value, toAllocation);
var toEvaluation = (value) => check(evaluation, value, "evaluation");
var toHostVolume = (value) => check(hostVolume, value, "host volume");
var toServices = (value) => list(value, (item) => check(service, item, "service"));
var toFiles = (value) => list(value, (item) => check(file, item, "file"));
var toVariable = (value) => check(variable, value, "variable");
function toSubmission(value) {
  const { Source, Format, VariableFlags, Variables } = check(submission, value, "submission");
  return { Source, Format, ...VariableFlags ? { VariableFlags } : {}, ...Variables ? { Variables } : {} };
}
function list(value, each) {
  return check(z2.array(z2.unknown()).nullable(), value, "list")?.map(each) ?? [];
}
function check(schema, value, what) {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new DbctlError("NOMAD_REJECTED", `Nomad's ${what} does not have the expected shape`, {
    details: result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`),
    next: "dbctl is tested with Nomad 1.10 and 1.11"
  });
}

// src/adapters/nomad/stream-frames.ts
import { z as z3 } from "zod";
var frame2 = z3.looseObject({ Data: z3.string().optional(), FileEvent: z3.string().optional() });
function joinFrames(text) {
  const parts = [];
  for (const piece of text.trim() === "" ? [] : text.trim().split(/(?<=\})(?=\{)/)) {
    const parsed = frame2.safeParse(parseOrUndefined2(piece));
    if (!parsed.success || parsed.data.FileEvent) return void 0;
    parts.push(Buffer.from(parsed.data.Data ?? "", "base64"));
  }
  return Buffer.concat(parts);
}
function parseOrUndefined2(text) {
  try {
    return JSON.parse(text);
  } catch {
    return void 0;
  }
}

// src/adapters/nomad/allocs.ts
var checks = z4.record(
  z4.string(),
  z4.looseObject({ Service: z4.string(), Check: z4.string(), Status: z4.enum(["success", "failure", "pending"]) })
).nullable();
var allocsAdapter = (http) => ({
  // `all` also lists what is left of an earlier, purged job of the same id: it may still run on the volume.
  allocations: async (jobId) => toAllocations(await http.get(allocationsPath(jobId), { query: { all: true } })),
  async allocation(id) {
    const found = await http.get(`/v1/allocation/${segment(id)}`);
    return found === void 0 ? void 0 : toAllocation(found);
  },
  watchAllocations: (jobId, index, waitMs, signal) => watch(http, jobId, index, waitMs, signal),
  async checks(allocId) {
    const found = check(checks, await http.get(`/v1/client/allocation/${segment(allocId)}/checks`) ?? null, "checks");
    return Object.values(found ?? {}).map((item) => ({
      service: item.Service,
      check: item.Check,
      status: item.Status
    }));
  },
  exec: (request2) => nomadExec(http, request2),
  readFile: (allocId, path) => readFile(http, allocId, path),
  listFiles: async (allocId, path) => toFiles(await http.get(`/v1/client/fs/ls/${segment(allocId)}`, { query: { path } }) ?? []),
  taskLog: (allocId, task, stream2, bytes) => taskLog(http, allocId, task, stream2, bytes)
});
var allocationsPath = (jobId) => `/v1/job/${segment(jobId)}/allocations`;
async function watch(http, jobId, index, waitMs, signal) {
  const reply = await http.getReply(allocationsPath(jobId), {
    query: { all: true, index, wait: `${Math.max(1, Math.round(waitMs))}ms` },
    waitMs: waitMs * (17 / 16),
    ...signal ? { signal } : {}
  });
  const allocations = toAllocations(parseJson(requireOk(reply, `GET ${allocationsPath(jobId)}`, false)));
  const next = reply.index < index ? 0 : Math.max(1, reply.index);
  return { index: next, allocations };
}
async function readFile(http, allocId, path) {
  const url = `/v1/client/fs/stream/${segment(allocId)}`;
  const reply = await http.getReply(url, { query: { path, follow: false, origin: "start", offset: 0 } });
  if (reply.status === 404 || reply.status === 400 && /no such file or directory/.test(reply.text)) return void 0;
  const bytes = joinFrames(requireOk(reply, `GET ${url}`, false).text);
  if (bytes === void 0)
    throw nomadError({ request: `GET ${url}`, mutation: false, text: "the file came incomplete" });
  return bytes.toString("utf8");
}
async function taskLog(http, allocId, task, stream2, bytes) {
  const url = `/v1/client/fs/logs/${segment(allocId)}`;
  const reply = await http.getReply(url, {
    query: { task, type: stream2, origin: "end", offset: bytes, plain: true, follow: false }
  });
  return reply.status === 404 ? "" : requireOk(reply, `GET ${url}`, false).text;
}

// src/adapters/nomad/cluster.ts
import pLimit from "p-limit";
import { z as z5 } from "zod";
var READY_DEADLINE_MS = 3e4;
var POLL_MS = 200;
var DETAILS_AT_ONCE = 4;
var nodeStub = z5.looseObject({
  ID: z5.string(),
  Name: z5.string(),
  Status: z5.string(),
  SchedulingEligibility: z5.string()
});
var clusterAdapter = (http, clock) => ({
  nodes: async () => list(await http.get("/v1/nodes"), (item) => check(nodeStub, item, "node")),
  async node(id) {
    const found = await http.get(`/v1/node/${segment(id)}`);
    if (found === void 0)
      throw new DbctlError("NOMAD_REJECTED", "the node is not known to Nomad", { where: `node ${id}` });
    return check(z5.record(z5.string(), z5.unknown()), found, "node");
  },
  nodeAllocations: async (nodeId) => toAllocations(await http.get(`/v1/node/${segment(nodeId)}/allocations`) ?? []),
  service: async (name) => toServices(await http.get(`/v1/service/${segment(name)}`) ?? []),
  hostVolumes: () => hostVolumes(http),
  createHostVolume: (spec) => createHostVolume(http, clock, spec),
  deleteHostVolume: (id) => deleteHostVolume(http, id)
});
async function hostVolumes(http) {
  const stubs = list(await http.get("/v1/volumes", { query: { type: "host" } }), toHostVolume);
  const limit = pLimit(DETAILS_AT_ONCE);
  const found = await Promise.all(stubs.map((stub) => limit(() => hostVolume2(http, stub.ID))));
  return found.filter((volume) => volume !== void 0);
}
async function hostVolume2(http, id) {
  const found = await http.get(`/v1/volume/host/${segment(id)}`);
  return found === void 0 ? void 0 : toHostVolume(found);
}
async function createHostVolume(http, clock, spec) {
  const body = {
    Name: spec.name,
    PluginID: "mkdir",
    NodeID: spec.nodeId,
    Parameters: spec.parameters,
    RequestedCapabilities: spec.accessModes.map((AccessMode) => ({ AttachmentMode: "file-system", AccessMode }))
  };
  const reply = parseJson(await http.send("PUT", "/v1/volume/host/create", { Volume: body }));
  const { Volume } = check(z5.looseObject({ Volume: z5.unknown() }), reply, "host volume");
  return waitReady(http, clock, toHostVolume(Volume));
}
async function waitReady(http, clock, created) {
  const deadline = clock.monotonic() + READY_DEADLINE_MS;
  for (; ; ) {
    const seen = await hostVolume2(http, created.ID);
    if (seen?.State === "ready") return seen;
    if (clock.monotonic() >= deadline) {
      throw new DbctlError("NOMAD_UNAVAILABLE", `the volume was not ready within ${READY_DEADLINE_MS / 1e3} s`, {
        where: `volume ${created.Name} (${created.ID})`,
        value: seen?.State ?? "gone"
      });
    }
    await clock.sleep(POLL_MS);
  }
}
async function deleteHostVolume(http, id) {
  await http.send("DELETE", `/v1/volume/host/${segment(id)}/delete`, void 0, { pass: [404], repeatable: true }).catch((error) => {
    if (!isDbctlError(error) || !error.value?.includes("no such volume")) throw error;
  });
}

// src/adapters/nomad/jobs.ts
import { z as z6 } from "zod";

// src/adapters/nomad/variables-text.ts
function variablesText(source) {
  const flags = Object.entries(source.VariableFlags ?? {});
  const overridden = new Set(flags.map(([key]) => key));
  const file2 = (source.Variables ?? "").split("\n").filter((line) => !overridden.has(/^\s*([\w-]+)\s*=/.exec(line)?.[1] ?? ""));
  return [...file2, ...flags.map(([key, value]) => `${key} = ${expression(value)}`)].join("\n");
}
var expression = (value) => /^\s*[[{]/.test(value) ? value : quoted(value);
var quoted = (value) => JSON.stringify(value).replace(/\\b/g, "\\u0008").replace(/\\f/g, "\\u000c").replace(/([$%])\{/g, "$1$1{");

// src/adapters/nomad/jobs.ts
var self = z6.looseObject({
  config: z6.looseObject({ Region: z6.string(), Version: z6.looseObject({ Version: z6.string() }) })
});
var listed = z6.looseObject({ ID: z6.string(), Type: z6.string(), Status: z6.string(), Stop: z6.boolean() });
var registered = z6.looseObject({ EvalID: z6.string(), JobModifyIndex: z6.number() });
var validated = z6.looseObject({
  ValidationErrors: z6.array(z6.string()).nullish(),
  Error: z6.string().nullish(),
  Warnings: z6.string().nullish()
});
var jobsAdapter = (http) => ({
  async agentSelf() {
    const { config } = check(self, await http.get("/v1/agent/self"), "agent");
    return { version: config.Version.Version, region: config.Region, address: http.address };
  },
  listJobs: async () => list(await http.get("/v1/jobs"), (item) => pickListed(check(listed, item, "job"))),
  parseJob: (source) => parseJob(http, source),
  async job(id) {
    const found = await http.get(`/v1/job/${segment(id)}`);
    return found === void 0 ? void 0 : toJob(found);
  },
  async submission(id, version) {
    const found = await http.get(`/v1/job/${segment(id)}/submission`, { query: { version } });
    return found === void 0 ? void 0 : toSubmission(found);
  },
  async planJob(job2) {
    const reply = await http.send(
      "PUT",
      `/v1/job/${segment(job2.ID)}/plan`,
      { Job: job2, Diff: true },
      { repeatable: true }
    );
    return check(z6.record(z6.string(), z6.unknown()), parseJson(reply), "plan");
  },
  validateJob: (job2) => validateJob(http, job2),
  async registerJob(job2, { enforceIndex, submission: submission2 }) {
    const body = {
      Job: job2,
      EnforceIndex: true,
      JobModifyIndex: enforceIndex,
      ...submission2 ? { Submission: submission2 } : {}
    };
    const { EvalID, JobModifyIndex } = check(
      registered,
      parseJson(await http.send("PUT", "/v1/jobs", body)),
      "registration"
    );
    return { evalId: EvalID, jobModifyIndex: JobModifyIndex };
  },
  async purgeJob(id) {
    await http.send("DELETE", `/v1/job/${segment(id)}`, void 0, {
      query: { purge: true },
      pass: [404],
      repeatable: true
    });
  },
  async evaluation(id) {
    const found = await http.get(`/v1/evaluation/${segment(id)}`);
    return found === void 0 ? void 0 : toEvaluation(found);
  }
});
var pickListed = ({ ID, Type, Status, Stop }) => ({
  ID,
  Type,
  Status,
  Stop
});
async function parseJob(http, source) {
  if (source.Format === "json") return parseJsonSource(source);
  const body = { JobHCL: source.Source, Canonicalize: true, Variables: variablesText(source) };
  const reply = await http.send("POST", "/v1/jobs/parse", body, { repeatable: true }).catch((error) => {
    if (!isDbctlError(error, "NOMAD_REJECTED")) throw error;
    throw new DbctlError(
      "JOBSPEC_UNPARSABLE",
      "Nomad cannot parse the jobspec",
      error.value ? { value: error.value } : {}
    );
  });
  return toJob(parseJson(reply));
}
function parseJsonSource(source) {
  try {
    const value = JSON.parse(source.Source);
    const wrapped = z6.looseObject({ Job: z6.unknown() }).safeParse(value);
    return toJob(wrapped.success && wrapped.data.Job ? wrapped.data.Job : value);
  } catch (error) {
    throw new DbctlError("JOBSPEC_UNPARSABLE", "the jobspec is not a JSON job", {
      value: error instanceof Error ? error.message : ""
    });
  }
}
async function validateJob(http, job2) {
  const reply = await http.send("PUT", "/v1/validate/job", { Job: job2 }, { repeatable: true });
  const { ValidationErrors, Error: text, Warnings } = check(validated, parseJson(reply), "validation");
  const errors = ValidationErrors ?? [];
  return { errors: errors.length === 0 && text ? [text] : errors, warnings: Warnings ?? "" };
}

// src/adapters/nomad/variables.ts
var variablesAdapter = (http) => ({
  variable: (path) => readVariable(http, path),
  acquireLock: (path, options) => acquireLock(http, path, options),
  async renewLock({ path, lockId }) {
    const reply = await putLock(http, path, "lock-renew", { ID: lockId });
    if (reply === void 0) throw lockLost(path);
  },
  releaseLock: (lock) => releaseLock(http, lock),
  writeLocked: (lock, items) => writeLocked(http, lock, items)
});
var variableUrl = (path) => `/v1/var/${segments(path)}`;
var lockPath = (path) => `${path}/lock`;
async function readVariable(http, path) {
  const [found, lock] = await Promise.all([http.get(variableUrl(path)), http.get(variableUrl(lockPath(path)))]);
  const locked = lock !== void 0 && Boolean(toVariable(lock).Lock);
  if (found === void 0) return locked ? { items: {}, modifyIndex: 0, locked } : void 0;
  const { Items, ModifyIndex } = toVariable(found);
  return { items: Items ?? {}, modifyIndex: ModifyIndex, locked };
}
async function acquireLock(http, path, options) {
  const lock = {
    TTL: `${options.ttlMs}ms`,
    LockDelay: `${options.delayMs}ms`,
    ...options.lockId ? { ID: options.lockId } : {}
  };
  const lockId = await putLock(http, path, "lock-acquire", lock);
  if (lockId === void 0) {
    throw new DbctlError("RUN_LOCKED", "another run holds the lock", {
      where: `variable ${path}`,
      next: "wait for it to end; after a crash elsewhere the lock frees itself"
    });
  }
  return { path, lockId, modifyIndex: await fenceOlderHolders(http, path) };
}
async function fenceOlderHolders(http, path) {
  for (let attempt = 0; attempt < 5; attempt++) {
    const found = await http.get(variableUrl(path));
    if (found === void 0) return 0;
    const { Items, ModifyIndex } = toVariable(found);
    const index = await compareAndSet(http, path, Items ?? {}, ModifyIndex);
    if (index !== void 0) return index;
  }
  throw lockLost(path);
}
async function writeLocked(http, lock, items) {
  if (await putLock(http, lock.path, "lock-renew", { ID: lock.lockId }) === void 0) throw lockLost(lock.path);
  const modifyIndex = await compareAndSet(http, lock.path, items, lock.modifyIndex);
  if (modifyIndex === void 0) throw lockLost(lock.path);
  return { ...lock, modifyIndex };
}
async function compareAndSet(http, path, items, cas) {
  const reply = await http.send(
    "PUT",
    variableUrl(path),
    { Path: path, Items: items },
    { query: { cas }, pass: [409] }
  );
  return reply.status === 409 ? void 0 : toVariable(parseJson(reply)).ModifyIndex;
}
async function putLock(http, path, operation, lock) {
  const body = { Path: lockPath(path), Lock: lock };
  const reply = await http.send("PUT", variableUrl(lockPath(path)), body, {
    query: { [operation]: "" },
    pass: [409],
    repeatable: operation !== "lock-acquire" || lock.ID !== void 0
  });
  return reply.status === 409 ? void 0 : toVariable(parseJson(reply)).Lock?.ID ?? lock.ID;
}
async function releaseLock(http, lock) {
  await putLock(http, lock.path, "lock-release", { ID: lock.lockId }).catch((error) => {
    if (!isDbctlError(error) || !error.value?.includes("doesn't hold a lock")) throw error;
  });
}
var lockLost = (path) => new DbctlError("LOCK_LOST", "the lock was lost; nothing further was changed", {
  where: `variable ${path}`,
  next: "run again with --resume"
});

// src/adapters/nomad/index.ts
function nomadAdapter(config, clock = systemClock()) {
  const http = nomadHttp(config);
  return { ...jobsAdapter(http), ...allocsAdapter(http), ...clusterAdapter(http, clock), ...variablesAdapter(http) };
}

// test/support/chroot-env.ts
import { execFileSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
var TOOLS = "sh cat chmod cut date env grep head id kill ls mkdir mv printf rm sed setsid sha256sum sleep sync tail tr wc".split(
  " "
);
function chrootEnv() {
  const tools = TOOLS.map((tool) => `/usr/bin/${tool}`).filter(existsSync);
  const libraries = new Set(tools.flatMap(librariesOf));
  return Object.fromEntries([
    ...tools.map((path) => [realpathSync(path), path.replace("/usr/bin", "/bin")]),
    ...[...libraries].map((path) => [realpathSync(path), path])
  ]);
}
function librariesOf(binary) {
  const text = execFileSync("ldd", [binary], { encoding: "utf8" });
  return [...text.matchAll(/(\/\S+) \(0x/g)].map(([, path = ""]) => path);
}

// test/support/server-process.ts
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync as readFileSync2 } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as delay2 } from "node:timers/promises";
function spawnServer(command, args, logFile, env) {
  const out = openSync(logFile, "a", 384);
  const child = spawn(command, args, { stdio: ["ignore", out, out], env });
  closeSync(out);
  return {
    pid: child.pid ?? -1,
    logFile,
    log: () => readFileSync2(logFile, "utf8"),
    stop: (graceMs = 15e3) => stop(child, graceMs)
  };
}
async function stop(child, graceMs) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await gone;
  clearTimeout(timer);
}
async function freePorts(count) {
  const servers = await Promise.all(Array.from({ length: count }, listenAnywhere));
  const ports = servers.map(({ port }) => port);
  await Promise.all(servers.map(({ close }) => close()));
  return ports;
}
async function listenAnywhere() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}
async function eventually(what, look, deadlineMs = 3e4) {
  const deadline = Date.now() + deadlineMs;
  for (; ; ) {
    const seen = await look().catch(() => void 0);
    if (seen !== void 0) return seen;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await delay2(100);
  }
}

// test/support/tool-binary.ts
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
var VERSIONS = { nomad: "1.11.1", vault: "1.21.2" };
function toolBinary(tool) {
  const explicit = process.env[`DBCTL_${tool.toUpperCase()}`];
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const candidates = [
    ...explicit ? [explicit] : [],
    ...(process.env["PATH"] ?? "").split(delimiter).map((dir) => join(dir, tool)),
    join(cache, "dbctl", "bin", `${tool}-${VERSIONS[tool]}`)
  ];
  const found = candidates.find(isExecutable);
  if (!found) throw new Error(`no ${tool} binary: run \`dbctl lab up\` once, or set DBCTL_${tool.toUpperCase()}`);
  return found;
}
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// test/support/nomad.ts
async function startNomad(options = {}) {
  const dir = mkdtempSync(join2(tmpdir(), "dbctl-nomad-"));
  execFileSync2("chmod", ["0711", dir]);
  mkdirSync(join2(dir, "data"), { mode: 457 });
  const [http = 0, rpc = 0, serf = 0] = await freePorts(3);
  writeFileSync(join2(dir, "agent.hcl"), agentConfig(dir, { http, rpc, serf }, options.config ?? ""));
  const { AWS_CA_BUNDLE: _stopsTheAgent, ...env } = process.env;
  const server = spawnServer(
    toolBinary("nomad"),
    ["agent", "-dev", "-config", join2(dir, "agent.hcl")],
    join2(dir, "agent.log"),
    env
  );
  const address = `http://127.0.0.1:${http}`;
  const port = nomadAdapter({ address });
  const nomad = {
    address,
    dir,
    server,
    port,
    run: (hcl) => runJob(port, hcl),
    stop: () => stopNomad(port, server, dir)
  };
  await eventually("nomad agent", async () => {
    const [node] = await port.nodes();
    return node?.Status === "ready" ? node : void 0;
  });
  return nomad;
}
function agentConfig(dir, ports, more) {
  const chroot = Object.entries(chrootEnv()).map(([from, to]) => `    ${JSON.stringify(from)} = ${JSON.stringify(to)}`);
  return `
data_dir  = ${JSON.stringify(join2(dir, "data"))}
bind_addr = "127.0.0.1"
log_level = "DEBUG"
ports {
  http = ${ports.http}
  rpc  = ${ports.rpc}
  serf = ${ports.serf}
}
client {
  network_interface = "lo"
  options {
    "fingerprint.denylist" = "env_aws,env_gce,env_azure,env_digitalocean"
  }
  chroot_env {
${chroot.join("\n")}
  }
}
plugin "raw_exec" {
  config {
    enabled = true
  }
}
${more}
`;
}
async function runJob(port, hcl) {
  const job2 = await port.parseJob({ Source: hcl, Format: "hcl2" });
  const current = await port.job(job2.ID);
  await port.registerJob(job2, { enforceIndex: current?.JobModifyIndex ?? 0 });
  const seen = {};
  return eventually(`job ${job2.ID}`, async () => {
    const allocations = await port.allocations(job2.ID);
    seen.last = allocations.at(-1);
    return allocations.find(
      (alloc) => alloc.DesiredStatus === "run" && alloc.ClientStatus === "running" && allTasksRun(alloc)
    );
  }).catch((error) => {
    throw new Error(`${String(error)} ${JSON.stringify(eventsOf(seen.last), null, 1)}`);
  });
}
var eventsOf = (alloc) => Object.values(alloc?.TaskStates ?? {}).map((state) => state.Events.map((event) => event.DisplayMessage));
var allTasksRun = (alloc) => Object.values(alloc.TaskStates ?? {}).every((state) => state.State === "running");
async function stopNomad(port, server, dir) {
  const jobs = await port.listJobs().catch(() => []);
  for (const { ID } of jobs) await port.purgeJob(ID).catch(() => void 0);
  await eventually("tasks gone", async () => mountsUnder(dir).length === 0 ? true : void 0, 8e3).catch(
    () => void 0
  );
  await server.stop();
  for (const mount of mountsUnder(dir)) execFileSync2("umount", ["-l", mount]);
  rmSync(dir, { recursive: true, force: true });
}
var mountsUnder = (dir) => readFileSync3("/proc/self/mounts", "utf8").split("\n").map((line) => line.split(" ")[1] ?? "").filter((path) => path.startsWith(`${dir}/`)).reverse();

// ../../tmp/adp/ttl.ts
var n = await startNomad();
try {
  const l = await n.port.acquireLock("a/b", { ttlMs: 1e4, delayMs: 1e3 });
  const t = performance.now();
  let lost = 0;
  for (; ; ) {
    await new Promise((r) => setTimeout(r, 200));
    const v = await n.port.variable("a/b");
    const el = performance.now() - t;
    if (!v?.locked && !lost) {
      lost = el;
      console.log("expired after", Math.round(el));
    }
    if (lost) {
      const got = await n.port.acquireLock("a/b", { ttlMs: 1e4, delayMs: 1e3 }).catch((e) => e.code);
      if (got !== "RUN_LOCKED") {
        console.log("taken after", Math.round(el), JSON.stringify(got));
        break;
      }
    }
    if (el > 6e4) break;
  }
} finally {
  await n.stop();
}
