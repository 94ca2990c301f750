package kernel

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"motcua/base/db"
	"motcua/base/job"
	"motcua/base/web"
	"motcua/kernel/file"
	"motcua/kernel/ledger"
)

// meters reads what /metrics says when it is asked: nothing is counted twice.
type meters struct{ app *App }

// meter is one figure of /metrics.
type meter struct {
	name, help string
	kind       prometheus.ValueType
	value      float64
	label      string // of "class", or ""
}

func (m meters) Describe(chan<- *prometheus.Desc) {} // unchecked: what there is depends on the database

func (m meters) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	a := m.app
	s := a.DB.Stats()
	count, gauge := prometheus.CounterValue, prometheus.GaugeValue
	all := []meter{
		{"motcua_db_reads_total", "Reading transactions.", count, float64(s.Reads), ""},
		{"motcua_db_writes_total", "Writes made durable.", count, float64(s.Writes), ""},
		{"motcua_db_refused_total", "Writes undone, with an error.", count, float64(s.Refused), ""},
		{"motcua_db_commits_total", "Durable transactions; on SQLite one holds many writes.", count, float64(s.Commits), ""},
		{"motcua_db_commit_seconds_total", "Time spent in commits.", count, s.Commit.Seconds(), ""},
		{"motcua_db_retries_total", "Transactions run again because others were in the way.", count, float64(s.Retries), ""},
		{"motcua_db_waiting", "Writes waiting now.", gauge, float64(s.Waiting), ""},
		{"motcua_http_seconds_total", "Time spent answering.", count, a.Web.Counts.Took().Seconds(), ""},
	}
	for n := 1; n <= 5; n++ {
		all = append(all, meter{"motcua_http_answers_total", "Answers by class of status.", count, float64(a.Web.Counts.Class(n)), fmt.Sprintf("%dxx", n)})
	}
	var jobs job.Counts
	var marked file.Counts
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if jobs, err = job.Count(tx, a.Now()); err == nil {
			marked, err = file.Count(tx)
		}
		return err
	})
	var log ledger.State
	if err == nil {
		log, err = a.Log.State(ctx)
	}
	if err == nil {
		all = append(all,
			meter{"motcua_ledger_entries", "Acts in the ledger.", gauge, float64(log.Size), ""},
			meter{"motcua_ledger_signed", "Acts under the last checkpoint.", gauge, float64(log.Signed), ""},
			meter{"motcua_ledger_open", "Acts not yet numbered.", gauge, float64(log.Open), ""},
			meter{"motcua_files_unscanned", "Files that no malware scanner has seen, where one is named.", gauge, float64(marked.Waiting), ""},
			meter{"motcua_files_malware", "Kept files in which malware was found later.", gauge, float64(marked.Found), ""},
			meter{"motcua_jobs_due", "Jobs that are due.", gauge, float64(jobs.Due), ""},
			meter{"motcua_jobs_quarantined", "Jobs given up, for somebody to look at.", gauge, float64(jobs.Quarantined), ""})
	}
	up := 1.0
	if err != nil {
		up = 0
	}
	all = append(all, meter{"motcua_db_up", "The database answers.", gauge, up, ""})
	for _, x := range all {
		if x.label == "" {
			out <- prometheus.MustNewConstMetric(prometheus.NewDesc(x.name, x.help, nil, nil), x.kind, x.value)
			continue
		}
		out <- prometheus.MustNewConstMetric(prometheus.NewDesc(x.name, x.help, []string{"class"}, nil), x.kind, x.value, x.label)
	}
}

// metrics answers who asks on this machine, or with a token for it. Nothing in it is about a person.
func (a *App) metrics() func(*Request) (web.Answer, error) {
	reg := prometheus.NewRegistry()
	reg.MustRegister(meters{a})
	h := promhttp.HandlerFor(reg, promhttp.HandlerOpts{DisableCompression: true})
	return func(r *Request) (web.Answer, error) {
		if err := r.Operator(); err != nil {
			return web.Answer{}, err
		}
		w := sheet{header: http.Header{}}
		h.ServeHTTP(&w, r.Request.Request)
		if w.status > http.StatusOK {
			return web.Answer{}, fmt.Errorf("metrics: %s", bytes.TrimSpace(w.body.Bytes()))
		}
		return web.Raw(w.header.Get("Content-Type"), w.body.Bytes()), nil
	}
}

// sheet keeps what a handler writes, so that web alone answers.
type sheet struct {
	header http.Header
	body   bytes.Buffer
	status int
}

func (s *sheet) Header() http.Header         { return s.header }
func (s *sheet) Write(b []byte) (int, error) { return s.body.Write(b) }
func (s *sheet) WriteHeader(code int)        { s.status = code }
