using System;
using System.Collections.Generic;
using System.IO;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts
{
    /// <summary>What FluenceNet asks of the worker; Python is started when the first is asked.</summary>
    public sealed class WorkerJobs
    {
        private readonly Settings _installation;
        private readonly FluenceNetSettings _settings;
        private readonly ScriptSession _session;
        private readonly StructureRoles _roles;
        private PythonHost _python;

        /// <summary>Prepares them.</summary>
        public WorkerJobs(Settings installation, FluenceNetSettings settings, ScriptSession session)
        {
            _installation = installation;
            _settings = settings;
            _session = session;
            _roles = new StructureRoles(settings, session.Options);
        }

        /// <summary>Seconds that Python took to start.</summary>
        public double StartSeconds
        {
            get { return _python.StartSeconds; }
        }

        /// <summary>Starts Python, unless it was started for a job before.</summary>
        public void Start()
        {
            if (_python == null)
            {
                _session.Progress.Report("starting Python", 0, 0);
                _python = PythonHost.Start(_installation);
            }
        }

        /// <summary>The fields for a plan that has none; the plan is checked as it will be with them.</summary>
        /// <exception cref="RefusedException">A network is not for this plan, or not for this machine and energy.</exception>
        public NewFields Fields(Patient patient, ExternalPlanSetup plan, MachineBeam beam)
        {
            Dictionary<string, object> options = Options();
            options["machine"] = beam.Machine;
            options["energy"] = beam.Energy;
            return new NewFields(Run("fields", options, patient, plan), beam);
        }

        /// <summary>The fluence of every field of a plan.</summary>
        public JsonObject Fluences(Patient patient, ExternalPlanSetup plan)
        {
            return Run("fluence", Options(), patient, plan);
        }

        private Dictionary<string, object> Options()
        {
            return new Dictionary<string, object> { { "model", _settings.Model }, { "dose_model", _settings.WantedDoseModel } };
        }

        private JsonObject Run(string task, Dictionary<string, object> options, Patient patient, ExternalPlanSetup plan)
        {
            Start();
            Job job = new Job(new Bridge(_python, _installation), _session.Progress);
            return _roles.Run(_session, plan, delegate(Dictionary<string, string> structures)
            {
                options["structures"] = structures;
                return job.Run(task, options, delegate(string folder) { Export(patient, plan, Path.Combine(folder, "case")); });
            });
        }

        private void Export(Patient patient, ExternalPlanSetup plan, string target)
        {
            if (PlanGuards.HasDose(plan))
            {
                CaseExport.Write(patient, plan, target, _session.Progress);
            }
            else
            {
                CaseExport.WriteWithoutDoses(patient, plan, target, _session.Progress);
            }
        }
    }
}
