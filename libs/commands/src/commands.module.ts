import { Module, type DynamicModule } from '@nestjs/common'
import { CqrsModule } from '@nestjs/cqrs'
import { AggregateRunner } from './core/aggregate-runner.js'
import { DEPENDENCIES, type CommandsDependencies } from './core/dependencies.js'
import { Evidence } from './core/evidence.js'
import { BlockedCallerHandler } from './handlers/blocked-caller.handler.js'
import { CallQueueHandler } from './handlers/call-queue.handler.js'
import { ConferenceRoomHandler } from './handlers/conference-room.handler.js'
import { IvrMenuHandler } from './handlers/ivr-menu.handler.js'
import { NumberHandler } from './handlers/number.handler.js'
import { RouteSetHandler } from './handlers/route-set.handler.js'
import { SipUserHandler } from './handlers/sip-user.handler.js'
import { TrunkHandler } from './handlers/trunk.handler.js'

const HANDLERS = [
  SipUserHandler,
  TrunkHandler,
  NumberHandler,
  BlockedCallerHandler,
  RouteSetHandler,
  ConferenceRoomHandler,
  CallQueueHandler,
  IvrMenuHandler,
]

/** The command bus with one handler for each aggregate. */
@Module({})
export class CommandsModule {
  static with(dependencies: CommandsDependencies): DynamicModule {
    return {
      module: CommandsModule,
      imports: [CqrsModule.forRoot()],
      providers: [
        { provide: DEPENDENCIES, useValue: dependencies },
        { provide: AggregateRunner, useFactory: () => new AggregateRunner(dependencies) },
        { provide: Evidence, useFactory: () => new Evidence(dependencies) },
        ...HANDLERS,
      ],
      exports: [CqrsModule],
    }
  }
}
