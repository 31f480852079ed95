/**
 * The official protocol buffers of KurrentDB, as the maker's client brings them along: compiled messages and service
 * definitions. They are CommonJS whose exports Node cannot list beforehand, hence `require`.
 */
import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)
const loadOfClient = createRequire(load.resolve('@kurrent/kurrentdb-client'))

export const { AppendResp, ReadResp, ReadReq } = load(
  '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js',
) as typeof import('@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js')
export const { StreamsService } = load(
  '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_grpc_pb.js',
) as typeof import('@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_grpc_pb.js')
export const { Empty, StreamIdentifier, UUID } = load(
  '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/shared_pb.js',
) as typeof import('@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/shared_pb.js')
export const { ClusterInfo, EndPoint, MemberInfo } = load(
  '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/gossip_pb.js',
) as typeof import('@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/gossip_pb.js')
export const { GossipService } = load(
  '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/gossip_grpc_pb.js',
) as typeof import('@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/gossip_grpc_pb.js')
export const { SupportedMethod, SupportedMethods } = load(
  '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/serverfeatures_pb.js',
) as typeof import('@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/serverfeatures_pb.js')
export const { ServerFeaturesService } = load(
  '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/serverfeatures_grpc_pb.js',
) as typeof import('@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/serverfeatures_grpc_pb.js')
export const { Timestamp } = loadOfClient(
  'google-protobuf/google/protobuf/timestamp_pb.js',
) as typeof import('google-protobuf/google/protobuf/timestamp_pb.js')

export type { AppendReq } from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js'
export type Messages = typeof import('@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js')
