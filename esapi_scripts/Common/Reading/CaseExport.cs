using System.Collections.Generic;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts
{
    /// <summary>Reads the plan that is open in Eclipse into a case folder, without any name, id or birth date.</summary>
    public static class CaseExport
    {
        /// <summary>Writes the case.</summary>
        /// <param name="patient">Whose plan it is; only a keyed hash of the id goes into the case.</param>
        /// <param name="plan">The plan; <see cref="PlanGuards"/> passed it.</param>
        /// <param name="target">The folder to make.</param>
        /// <param name="progress">Told about every plane.</param>
        /// <returns>Bytes written.</returns>
        public static long Write(Patient patient, ExternalPlanSetup plan, string target, Progress progress)
        {
            return Write(patient, plan, target, progress, true);
        }

        /// <summary>Writes the case of a plan whose doses, if it has any, are left out.</summary>
        public static long WriteWithoutDoses(Patient patient, ExternalPlanSetup plan, string target, Progress progress)
        {
            return Write(patient, plan, target, progress, false);
        }

        private static long Write(Patient patient, ExternalPlanSetup plan, string target, Progress progress, bool withDoses)
        {
            using (CaseFolder folder = new CaseFolder(target))
            {
                VolumeReader volumes = new VolumeReader(folder, progress);
                StructureSet structures = plan.StructureSet;
                Dictionary<string, object> description = new Dictionary<string, object>
                {
                    { "schema", 1 },
                    { "intended_use", Outcome.IntendedUse },
                    { "patient_key", PatientKey.Of(patient.Id) },
                    { "uids", Uids(plan) },
                    { "plan", new PlanReader(folder, progress).Read(plan) },
                    { "structures", StructureReader.Read(structures, folder, progress) },
                    { "plan_dose", withDoses ? volumes.PlanDose(plan) : null },
                    { "beam_doses", withDoses ? BeamDoses(plan, volumes) : new Dictionary<string, object>() },
                    { "ct", volumes.Ct(structures.Image) }
                };
                progress.Report("closing the case", 0, 0);
                folder.Complete(description);
                return folder.BytesWritten;
            }
        }

        private static Dictionary<string, object> Uids(PlanSetup plan)
        {
            Image image = plan.StructureSet.Image;
            return new Dictionary<string, object>
            {
                { "frame_of_reference", image.FOR },
                { "plan", plan.UID },
                { "structure_set", plan.StructureSet.UID },
                { "ct_series", image.Series == null ? null : image.Series.UID }
            };
        }

        private static Dictionary<string, object> BeamDoses(PlanSetup plan, VolumeReader volumes)
        {
            Dictionary<string, object> doses = new Dictionary<string, object>();
            foreach (Beam beam in plan.Beams)
            {
                // Eclipse keeps doses of single beams only for some plans; the plan's dose is always there.
                if (!beam.IsSetupField && beam.Dose != null)
                {
                    doses.Add(beam.BeamNumber.ToString(), volumes.BeamDose(beam, plan));
                }
            }
            return doses;
        }
    }
}
