using System.Collections.Generic;
using System.Globalization;
using System.IO;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts
{
    /// <summary>Calculates a field in both ways and writes it; its plan is removed, whatever happens.</summary>
    public sealed class FieldWriter
    {
        private readonly Patient _patient;
        private readonly ResearchCourse _course;
        private readonly Collection _collection;
        private readonly DosePairSettings _settings;
        private readonly Progress _progress;

        /// <summary>Makes a writer.</summary>
        public FieldWriter(Patient patient, ResearchCourse course, Collection collection, DosePairSettings settings, Progress progress)
        {
            _patient = patient;
            _course = course;
            _collection = collection;
            _settings = settings;
            _progress = progress;
        }

        /// <summary>Writes a field that is not there yet.</summary>
        /// <param name="field">The field.</param>
        /// <param name="left">How far the collection is, for the user.</param>
        public void Write(WantedField field, TimeLeft left)
        {
            double meterset = field.MetersetMu();
            ExternalPlanSetup plan = field.Make(_course);
            try
            {
                if (!Directory.Exists(_collection.Case))
                {
                    CaseExport.WriteWithoutDoses(_patient, plan, _collection.Case, _progress);
                }
                Write(field, plan, meterset, left);
            }
            finally
            {
                _course.Remove(plan);
            }
        }

        private void Write(WantedField field, ExternalPlanSetup plan, double meterset, TimeLeft left)
        {
            using (CaseFolder folder = new CaseFolder(_collection.Field(field.Name), "field.json"))
            {
                VolumeReader volumes = new VolumeReader(folder, _progress);
                Dictionary<string, object> description = new Dictionary<string, object>
                {
                    { "schema", 1 },
                    { "intended_use", Outcome.IntendedUse },
                    { "origin", field.Origin },
                    { "plan", field.Plan },
                    { "patient_position", PlanReader.Position(plan) }
                };
                Beam beam = null;
                foreach (DoseModel model in new[] { _settings.Coarse, _settings.Fine })
                {
                    string step = field.Name + ": " + model.Kind + " dose" + left;
                    _progress.Report(step, left.Done, left.Parts);
                    beam = model.Calculate(plan);
                    // Dose is proportional to monitor units, which Eclipse chooses by prescription and normalisation.
                    object grid = volumes.FieldDose(model.Kind, step, beam, meterset / beam.Meterset.Value);
                    description.Add(model.Kind, model.Part(plan, model.Kind + ".npy", grid));
                }
                Dictionary<string, object> part = new BeamReader(folder).Read(beam, 0);
                part["meterset_mu"] = meterset;
                description.Add("beam", part);
                folder.Complete(description);
            }
        }
    }
}
