// Package storetest plays one conformance suite against any database the store
// supports, and finds or starts a Postgres for tests.
//
// Exercise is the contract of package store, as code: both databases must pass
// it unchanged. Each runs any other test once per database:
//
//	storetest.Each(t, func(t *testing.T, open storetest.Open) {
//		s := open(t, store.Options{Clock: clock})
//		...
//	})
package storetest
