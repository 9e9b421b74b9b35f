using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>
    /// One run of the calculation process, which plays the planning system's calculation servers: a folder with the plan
    /// and the request goes out, a case folder and a log come back. The folder is removed afterwards.
    /// </summary>
    internal sealed class CalculationJob : IDisposable
    {
        private const string PythonVariable = "ESAPI_BRIDGE_PYTHON";
        private const string Module = "esapi_bridge.mock.calculate";
        private const double UnspecifiedGridMm = 2.5;

        private readonly Database _database;
        private readonly PlanState _plan;
        private readonly string _folder =
            Path.Combine(Path.GetTempPath(), "mock-calculation-" + Guid.NewGuid().ToString("N"));

        internal CalculationJob(Database database, PlanState plan)
        {
            _database = database;
            _plan = plan;
            Directory.CreateDirectory(_folder);
        }

        /// <summary>
        /// Runs the process; null if it failed. What it says of the beams goes to their logs.
        /// </summary>
        internal CaseReader Run(
            string kind, LeafMotionOptions options, string category, Dictionary<string, object> more = null)
        {
            string python = Environment.GetEnvironmentVariable(PythonVariable);
            if (string.IsNullOrEmpty(python))
            {
                LogAll(category, "expected a Python for calculations in " + PythonVariable + ", found none");
                return null;
            }
            CaseWriter.WriteUncalculated(_plan, Path.Combine(_folder, "case"));
            CaseWriter.ToDisk(Path.Combine(_folder, "request.json"), Encoding.UTF8.GetBytes(Request(kind, options, more)));
            int code = Start(python);
            string log = Path.Combine(_folder, "log.json");
            Log = File.Exists(log) ? new JsonPart(Json.Parse(File.ReadAllText(log)), "log.json") : null;
            bool success = Log != null && KeepLog(Log, category);
            if (code != 0 || !success)
            {
                LogAll(category, "the calculation process failed, exit code " + code);
                return null;
            }
            return new CaseReader(_database, Path.Combine(_folder, "result"));
        }

        /// <summary>What the process wrote of the run; null before, and if it wrote nothing.</summary>
        internal JsonPart Log { get; private set; }

        /// <summary>Removes the folder.</summary>
        public void Dispose()
        {
            Directory.Delete(_folder, true);
        }

        private void LogAll(string category, string line)
        {
            foreach (BeamState beam in _plan.TreatmentBeams)
            {
                beam.Log(category, line);
            }
        }

        private bool KeepLog(JsonPart log, string category)
        {
            List<object> common = log.Raw("lines") as List<object> ?? new List<object>();
            JsonPart beams = log.PartOrNull("beams");
            foreach (BeamState beam in _plan.TreatmentBeams)
            {
                string number = beam.Number.ToString(CultureInfo.InvariantCulture);
                List<object> own = (beams == null ? null : beams.Raw(number) as List<object>) ?? new List<object>();
                foreach (object line in common.Concat(own))
                {
                    beam.Log(category, Convert.ToString(line, CultureInfo.InvariantCulture));
                }
            }
            return log.Flag("success");
        }

        private string Request(string kind, LeafMotionOptions options, Dictionary<string, object> more)
        {
            string doseModel;
            Dictionary<string, string> values = null;
            if (_plan.Models.TryGetValue(CalculationType.PhotonVolumeDose, out doseModel)
                && !_plan.Options.TryGetValue(doseModel, out values))
            {
                values = _database.Defaults(doseModel);
            }
            values = values ?? new Dictionary<string, string>();
            double gridCm = values.Where(o => o.Key.EndsWith("@" + Database.GridOption, StringComparison.Ordinal))
                .Select(o => OptionRules.GridCm(o.Value)).FirstOrDefault();
            Dictionary<string, string> all = new Dictionary<string, string>(values);
            foreach (KeyValuePair<string, string> option in options == null ? new Dictionary<string, string>() : options.Values)
            {
                all[option.Key] = option.Value;
            }
            Dictionary<string, object> request = new Dictionary<string, object>
            {
                { "schema", 1 },
                { "kind", kind },
                { "grid_mm", gridCm > 0 ? gridCm * 10 : UnspecifiedGridMm },
                { "model", options == null ? doseModel ?? "" : _plan.Models[CalculationType.PhotonLeafMotions] },
                { "options", all },
                { "fixed_jaws", options != null && options.FixedJaws }
            };
            foreach (KeyValuePair<string, object> entry in more ?? new Dictionary<string, object>())
            {
                request[entry.Key] = entry.Value;
            }
            return Json.Write(request);
        }

        private int Start(string python)
        {
            ProcessStartInfo start = new ProcessStartInfo(python, "-m " + Module + " \"" + _folder + "\"");
            start.UseShellExecute = false;
            start.CreateNoWindow = true;
            // Its output must not mix with what the host prints; both ends are drained, or it would stall.
            start.RedirectStandardOutput = true;
            start.RedirectStandardError = true;
            using (Process process = new Process { StartInfo = start })
            {
                process.OutputDataReceived += delegate { };
                process.ErrorDataReceived += delegate { };
                process.Start();
                process.BeginOutputReadLine();
                process.BeginErrorReadLine();
                process.WaitForExit();
                return process.ExitCode;
            }
        }
    }
}
