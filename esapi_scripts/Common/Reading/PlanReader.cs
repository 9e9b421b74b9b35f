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

        /// <summary>Makes a reader that puts the beams' arrays into a case folder.</summary>
        public PlanReader(CaseFolder folder)
        {
            _beams = new BeamReader(folder);
        }

        /// <summary>Reads a plan; returns the "plan" part of case.json.</summary>
        public Dictionary<string, object> Read(PlanSetup plan)
        {
            List<object> parts = new List<object>();
            foreach (Beam beam in plan.Beams)
            {
                parts.Add(_beams.Read(beam, parts.Count));
            }
            string model = plan.PhotonCalculationModel;
            bool isPrescribed = plan.NumberOfFractions.HasValue && !double.IsNaN(plan.TotalDose.Dose);
            double normalisation = plan.PlanNormalizationValue;
            return new Dictionary<string, object>
            {
                { "name", plan.Id },
                { "beams", parts },
                { "patient_position", Position(plan) },
                { "prescription_gy", isPrescribed ? (double?)DoseScales.InGy(plan.TotalDose) : null },
                { "fractions", plan.NumberOfFractions },
                { "normalisation_percent", double.IsNaN(normalisation) ? null : (double?)normalisation },
                { "calculation_models", CalculationModels(plan) },
                { "calculation_options", string.IsNullOrEmpty(model) ? new Dictionary<string, string>() : plan.GetCalculationOptions(model) },
                { "approval", Approval(plan.ApprovalStatus) }
            };
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

        private static string Position(PlanSetup plan)
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
