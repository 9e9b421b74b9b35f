using System.Collections.Generic;
using VMS.TPS.Common.Model.API;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Scripts
{
    /// <summary>Reads what a plan is, without its volumes.</summary>
    public sealed class PlanReader
    {
        private static readonly Dictionary<PatientOrientation, string> Positions = new Dictionary<PatientOrientation, string>
        {
            { PatientOrientation.HeadFirstSupine, "HFS" },
            { PatientOrientation.HeadFirstProne, "HFP" },
            { PatientOrientation.HeadFirstDecubitusRight, "HFDR" },
            { PatientOrientation.HeadFirstDecubitusLeft, "HFDL" },
            { PatientOrientation.FeetFirstSupine, "FFS" },
            { PatientOrientation.FeetFirstProne, "FFP" },
            { PatientOrientation.FeetFirstDecubitusRight, "FFDR" },
            { PatientOrientation.FeetFirstDecubitusLeft, "FFDL" }
        };

        private static readonly Dictionary<CalculationType, string> Models = new Dictionary<CalculationType, string>
        {
            { CalculationType.PhotonVolumeDose, "PHOTON_DOSE" },
            { CalculationType.PhotonLeafMotions, "LEAF_MOTION" },
            { CalculationType.PhotonIMRTOptimization, "PhotonIMRTOptimization" }
        };

        private readonly BeamReader _beams;
        private readonly Progress _progress;

        /// <summary>Makes a reader that puts the beams' arrays into a case folder, and notes what it leaves out.</summary>
        public PlanReader(CaseFolder folder, Progress progress)
        {
            _beams = new BeamReader(folder);
            _progress = progress;
        }

        /// <summary>Reads a plan; returns the "plan" part of case.json.</summary>
        public Dictionary<string, object> Read(PlanSetup plan)
        {
            List<object> parts = new List<object>();
            foreach (Beam beam in plan.Beams)
            {
                Dictionary<string, object> part = Read(beam, parts.Count);
                if (part != null)
                {
                    parts.Add(part);
                }
            }
            string model = plan.PhotonCalculationModel;
            bool isPrescribed = plan.NumberOfFractions.HasValue && Finite.Is(plan.TotalDose.Dose);
            return new Dictionary<string, object>
            {
                { "name", plan.Id },
                { "beams", parts },
                { "patient_position", Position(plan) },
                { "prescription_gy", isPrescribed ? (double?)DoseScales.InGy(plan.TotalDose) : null },
                { "fractions", plan.NumberOfFractions },
                { "normalisation_percent", Finite.OrNull(plan.PlanNormalizationValue) },
                { "calculation_models", CalculationModels(plan) },
                { "calculation_options", string.IsNullOrEmpty(model) ? new Dictionary<string, string>() : plan.GetCalculationOptions(model) },
                { "approval", Approval(plan.ApprovalStatus) }
            };
        }

        /// <summary>A beam; null for a set-up field, which delivers nothing, of which Eclipse does not know everything.</summary>
        private Dictionary<string, object> Read(Beam beam, int index)
        {
            if (!beam.IsSetupField)
            {
                return _beams.Read(beam, index);
            }
            try
            {
                return _beams.Read(beam, index);
            }
            catch (RefusedException refusal)
            {
                _progress.Note(new BridgeException("set-up field " + beam.Id + " was left out: " + refusal.Message));
                return null;
            }
        }

        /// <summary>The approval status in DICOM's words where it has one (300E,0002), else in Eclipse's.</summary>
        private static string Approval(PlanSetupApprovalStatus status)
        {
            switch (status)
            {
                case PlanSetupApprovalStatus.PlanningApproved:
                case PlanSetupApprovalStatus.TreatmentApproved:
                case PlanSetupApprovalStatus.ExternallyApproved:
                    return "APPROVED";
                default:
                    return status.ToString().ToUpperInvariant();
            }
        }

        /// <summary>How the patient lies, in DICOM's words.</summary>
        /// <exception cref="RefusedException">Not in one of the eight lying positions.</exception>
        public static string Position(PlanSetup plan)
        {
            string position;
            if (!Positions.TryGetValue(plan.TreatmentOrientation, out position))
            {
                throw new RefusedException("the plan must have one of the eight lying patient positions, found "
                    + plan.TreatmentOrientation);
            }
            return position;
        }

        private static Dictionary<string, string> CalculationModels(PlanSetup plan)
        {
            Dictionary<string, string> models = new Dictionary<string, string>();
            foreach (KeyValuePair<CalculationType, string> kind in Models)
            {
                string model = plan.GetCalculationModel(kind.Key);
                if (!string.IsNullOrEmpty(model))
                {
                    models.Add(kind.Value, model);
                }
            }
            return models;
        }
    }
}
