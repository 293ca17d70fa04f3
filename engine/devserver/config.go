package devserver

import (
	"errors"
	"net"
	"strconv"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"google.golang.org/protobuf/types/known/durationpb"
)

func serverConfig(st *storage, ports []int) *config.Config {
	frontend := net.JoinHostPort(loopback, strconv.Itoa(ports[0]))
	services := map[string]config.Service{}
	for i, name := range serviceOrder {
		services[string(name)] = config.Service{RPC: config.RPC{GRPCPort: ports[i], BindOnLocalHost: true}}
	}
	disabled := config.Archival{
		History:    config.HistoryArchival{State: "disabled"},
		Visibility: config.VisibilityArchival{State: "disabled"},
	}
	return &config.Config{
		Global: config.Global{
			Membership: config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: loopback},
		},
		Persistence: config.Persistence{
			DefaultStore:     "main",
			VisibilityStore:  "visibility",
			NumHistoryShards: st.shards,
			DataStores: map[string]config.DataStore{
				"main":       {SQL: st.main},
				"visibility": {SQL: st.visibility},
			},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend},
			},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services:            services,
		Archival:            disabled,
		PublicClient:        config.PublicClient{HostPort: frontend},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: "disabled"},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: "disabled"},
		}},
	}
}

const clusterName = "active"

// dynamicConfig holds what matters on a small server. The poll rate of the
// transfer queue is the hidden brake at low load: at the default of 20 a reply
// waits 50 ms for its next message, at 200 about 7 ms. A workflow task that was
// lost again and again, because whoever had it was killed, is tried again within
// 20 s; Temporal's own default grows to 10 minutes. One task queue partition is
// enough for one process. The caches are bounded so that thousands of parked
// enrollments do not fill the memory.
func dynamicConfig() dynamicconfig.Client {
	const plenty = 1_000_000
	return dynamicconfig.StaticClient{
		dynamicconfig.TransferProcessorMaxPollRPS.Key():         200,
		dynamicconfig.WorkflowTaskRetryMaxInterval.Key():        10 * time.Second,
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,
		dynamicconfig.FrontendRPS.Key():                         plenty,
		dynamicconfig.FrontendMaxNamespaceRPSPerInstance.Key():  plenty,
		dynamicconfig.HistoryRPS.Key():                          plenty,
		dynamicconfig.MatchingRPS.Key():                         plenty,
		dynamicconfig.FrontendPersistenceMaxQPS.Key():           plenty,
		dynamicconfig.HistoryPersistenceMaxQPS.Key():            plenty,
		dynamicconfig.MatchingPersistenceMaxQPS.Key():           plenty,
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key():        2_000,
		dynamicconfig.EventsHostLevelCacheMaxSizeBytes.Key():    16 << 20,
	}
}

func registration(namespace string) *workflowservice.RegisterNamespaceRequest {
	return &workflowservice.RegisterNamespaceRequest{
		Namespace:                        namespace,
		WorkflowExecutionRetentionPeriod: durationpb.New(retention),
	}
}

func describeQueue(namespace string) *workflowservice.DescribeTaskQueueRequest {
	return &workflowservice.DescribeTaskQueueRequest{
		Namespace:     namespace,
		TaskQueue:     &taskqueuepb.TaskQueue{Name: "readiness", Kind: enumspb.TASK_QUEUE_KIND_NORMAL},
		TaskQueueType: enumspb.TASK_QUEUE_TYPE_WORKFLOW,
	}
}

func isAlreadyExists(err error) bool {
	var exists *serviceerror.NamespaceAlreadyExists
	return errors.As(err, &exists)
}
