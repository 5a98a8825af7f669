import { type Run, type RunRequest } from '@steward/client';
import { type MessagesApi, startMessagesApi } from '../messages-api/index.js';
import { collect } from '../support/collect.js';
import { type Answer, type Call, send } from '../support/http.js';
import { type ServerOptions, ServerProcess } from '../support/server.process.js';
import { SocketClient } from '../support/socket.js';

const API = '/api/v1/claude';

/** One server of role all with a scripted model: what most failures need. */
export class OneServer implements AsyncDisposable {
  private constructor(
    readonly model: MessagesApi,
    readonly server: ServerProcess,
    private readonly folders: readonly AsyncDisposable[],
  ) {}

  static async start(options: Omit<ServerOptions, 'modelUrl'> = {}, ...folders: AsyncDisposable[]): Promise<OneServer> {
    const model = await startMessagesApi();
    return new OneServer(model, await ServerProcess.start({ ...options, modelUrl: model.url }), folders);
  }

  get client() {
    return this.server.client();
  }

  /** A request below the API. */
  call(method: string, path: string, body?: Call['body'], headers: Call['headers'] = {}): Promise<Answer> {
    return send(this.server.url, `${API}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  }

  submit(request: RunRequest): Promise<Answer> {
    return this.call('POST', '/execute/async', request);
  }

  /** The end of a run, whatever it is. */
  async ended(id: string): Promise<Run> {
    await collect(this.client.follow(id));
    return this.client.run(id);
  }

  run(request: RunRequest): Promise<Run> {
    return this.client.execute(request);
  }

  async session(): Promise<string> {
    return (await this.client.createSession()).id;
  }

  async withSocket<T>(use: (socket: SocketClient) => Promise<T>, token?: string): Promise<T> {
    const socket = new SocketClient(this.server.url, token === undefined ? {} : { token });
    try {
      return await use(socket);
    } finally {
      socket.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.model.close();
    for (const folder of this.folders) await folder[Symbol.asyncDispose]();
  }
}
