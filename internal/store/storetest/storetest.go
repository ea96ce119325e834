// Package storetest holds the tests that every database must pass. A behaviour
// that callers of the store may rely on is written here, once, or it is not
// promised.
package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/gatehouse-authz/gatehouse/internal/authz"
	"github.com/gatehouse-authz/gatehouse/internal/feed"
	"github.com/gatehouse-authz/gatehouse/internal/store"
)

// Env is the environment that every test finds, at revision 1.
const Env authz.EnvID = "0123456789abcdef0123456789abcdef"

var errPlan = errors.New("the plan says no")

// Run runs the suite. open returns an empty store; Run closes it.
func Run(t *testing.T, open func(t *testing.T) *store.Store) {
	for name, test := range map[string]func(*testing.T, *store.Store){
		"FoldEqualsLoad":                    foldEqualsLoad,
		"RevisionsHaveNoGap":                revisionsHaveNoGap,
		"HistoryEndsInTheTables":            historyEndsInTables,
		"TheHistorySaysWhatAThingWas":       historySaysWhatWas,
		"BlocksAreScannedAndPruned":         blocksScanned,
		"BlocksAreReplacedTogether":         blocksReplaced,
		"OldCommitsAreForgotten":            commitsForgotten,
		"RequestsAreKeptForTheirTime":       requestsKept,
		"WhatIsForgottenIsNotGuessed":       forgottenIsUnknown,
		"HistoriesOfSeveralAreOneList":      historiesMerged,
		"WhoIsBehindTheHorizonLoadsAnew":    behindTheHorizon,
		"NeededDeliveriesStay":              deliveriesSwept,
		"AFailedPlanChangesNothing":         failedPlanChangesNothing,
		"APlanWithoutChangesIsNoCommit":     planWithoutChanges,
		"ConcurrentPlansSeeEachOther":       concurrentPlansSeeEachOther,
		"ThingsAreFoundByKeyThenByID":       foundByKeyThenByID,
		"NoSuchEnvironment":                 noSuchEnvironment,
		"FoundingHappensOnce":               foundingHappensOnce,
		"UsersAreListedSearchedAndPaged":    usersListed,
		"AssignmentsAreListedTogether":      assignmentsListed,
		"InstancesAndTuplesAreFiltered":     relatedListed,
		"SearchingIsReadingEverything":      searchingIsReading,
		"SearchesSeeTheirMoment":            searchesSeeTheirMoment,
		"WholeNamesAreFound":                wholeNamesAreFound,
		"InvitesAndMembersGoWithTheirs":     membersGo,
		"PagesAreTheWholeList":              pagesAreTheWhole,
		"PagesReachAcrossManyRows":          pagesOfManyRows,
		"WritersAtOnceLeaveNothingHalf":     writersAtOnce,
		"EverythingComesBackAsItWasPut":     comesBack,
		"EachSettingIsKeptByItself":         settingsKept,
		"TheFirstPasswordIsOne":             firstPasswordOnce,
		"SessionsAreKeptUntilTheyEnd":       sessionsKept,
		"SecretsStayInTheirTable":           secretsStay,
		"ConnectionsAreKept":                connectionsKept,
		"ProofsAndReadingsAreKept":          proofsKept,
		"AMirrorMarksEverything":            everythingIsMarked,
		"MirrorsAreKept":                    mirrorsKept,
		"TheRestOfAnAccountIsKept":          restsKept,
		"ShadowsAreKept":                    shadowsKept,
		"TheSameBodyIsOneDelivery":          sameBodyOnce,
		"TheLastDeliveryIsKnown":            lastKept,
		"TheLatestPayloadOfEachAspect":      latestPerAspect,
		"WorkIsOneRowPerKey":                workOncePerKey,
		"WorkMarkedWhileItRunsRunsAgain":    workMarkedWhileRunning,
		"WorkThatFailsStays":                workThatFails,
		"ALeaseThatRunsOutFreesTheWork":     leaseRunsOut,
		"ManyProducersAndWorkersLoseNoTip":  noLostWakeups,
		"WorkspacesComeBackAsTheyWerePut":   workspaceComesBack,
		"AnEnvironmentGoesWhole":            environmentsGoWhole,
		"ADyingEnvironmentLeavesNothing":    dyingEnvironments,
		"AFailedWorkspaceChangesNothing":    workspaceFails,
		"DeliveriesAreListedTheLatestFirst": arrivalsListed,
		"DeliveriesOfManyWhoFailAreListed":  failingListed,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			defer func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}()
			found(t, s)
			test(t, s)
		})
	}
}

// found creates the organization, project and environment that tests use.
func found(tb testing.TB, s *store.Store) bool {
	tb.Helper()
	founded, err := s.Found(tb.Context(), store.Founding{
		Organization: authz.Organization{ID: "o", Key: "org", Name: "Org"},
		Project:      authz.Project{ID: "p", Organization: "o", Key: "default", Name: "Default"},
		Environment:  authz.Environment{ID: Env, Project: "p", Organization: "o", Key: "dev", Name: "Dev"},
		Keys:         keys(),
		Changes:      []authz.Change{authz.PutTenant{Tenant: authz.Tenant{ID: "dt", Key: "default", Name: "Default"}}},
	})
	if err != nil {
		tb.Fatal(err)
	}
	return founded
}

// Loaded returns what Load yields, as one commit.
func Loaded(ctx context.Context, s *store.Store, env authz.EnvID) (authz.Commit, error) {
	c := authz.Commit{Env: env}
	rev, err := s.Load(ctx, env, func(page feed.Page) (feed.Page, error) {
		c.Changes = append(c.Changes, page.Changes...)
		for _, u := range page.Users {
			c.Changes = append(c.Changes, authz.PutUser{User: u})
		}
		for _, i := range page.Instances {
			c.Changes = append(c.Changes, authz.PutInstance{Instance: i})
		}
		for _, t := range page.Tuples {
			c.Changes = append(c.Changes, authz.PutTuple{Tuple: t})
		}
		for _, a := range page.Assignments {
			c.Changes = append(c.Changes, authz.PutAssignment{Assignment: a})
		}
		return feed.Page{}, nil
	})
	c.Revision = rev
	return c, err
}
