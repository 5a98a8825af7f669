import { Module } from '@nestjs/common';
import { ModelModule } from '../model/index.js';
import { WorkspaceModule } from '../workspace/index.js';
import { WrapperModule } from '../wrapper/index.js';
import { ClaudeSessionService } from './claude-session.service.js';
import { AgentStarter } from './agent-starter.js';
import { CommandCatalog } from './command-catalog.js';
import { GrowingPlaces } from './growing-places.js';
import { LiveAgentsStore } from './live-agents.store.js';
import { SessionAnswersStore } from './session-answers.store.js';
import { SessionCopier } from './session-copier.js';
import { SessionFolderStore } from './session-folders.js';
import { SessionHealthStore } from './session-health.store.js';
import { SessionForker } from './session-forker.js';
import { SessionLender } from './session-lender.js';
import { SessionMcpStore } from './session-mcp.store.js';
import { SessionSnapshots } from './session-snapshots.js';
import { SessionMaker } from './session-maker.js';
import { SessionUsers } from './session-users.js';
import { SessionWorkspaces } from './session-workspaces.js';
import { SessionStore } from './session.store.js';
import { SpareShelf } from './spare-shelf.js';
import { SpareStore } from './spare.store.js';
import { WantedBus } from './wanted-bus.js';
import { WarmPool } from './warm-pool.js';

@Module({
  imports: [ModelModule, WrapperModule, WorkspaceModule],
  providers: [
    SessionStore,
    SessionUsers,
    SessionFolderStore,
    CommandCatalog,
    AgentStarter,
    SessionAnswersStore,
    SessionCopier,
    SessionForker,
    SessionHealthStore,
    SessionMaker,
    GrowingPlaces,
    LiveAgentsStore,
    SessionLender,
    SessionMcpStore,
    SessionSnapshots,
    SessionWorkspaces,
    SpareStore,
    SpareShelf,
    WantedBus,
    WarmPool,
    ClaudeSessionService,
  ],
  exports: [ClaudeSessionService, SessionAnswersStore, SessionMcpStore, SessionSnapshots, SessionWorkspaces],
})
export class SessionModule {}
