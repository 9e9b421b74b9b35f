using System;
using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.Types;

namespace EsapiBridge.Mock
{
    /// <summary>Words of a case folder and the enumerations they stand for.</summary>
    internal static class CaseWords
    {
        private static readonly Dictionary<string, PatientOrientation> Orientations =
            new Dictionary<string, PatientOrientation>
            {
                { "HFS", PatientOrientation.HeadFirstSupine },
                { "HFP", PatientOrientation.HeadFirstProne },
                { "HFDR", PatientOrientation.HeadFirstDecubitusRight },
                { "HFDL", PatientOrientation.HeadFirstDecubitusLeft },
                { "FFS", PatientOrientation.FeetFirstSupine },
                { "FFP", PatientOrientation.FeetFirstProne },
                { "FFDR", PatientOrientation.FeetFirstDecubitusRight },
                { "FFDL", PatientOrientation.FeetFirstDecubitusLeft },
            };

        /// <summary>Model types as the DICOM reader and other exporters name them.</summary>
        private static readonly Dictionary<string, CalculationType> ModelTypes = new Dictionary<string, CalculationType>
        {
            { "PHOTON_DOSE", CalculationType.PhotonVolumeDose },
            { "LEAF_MOTION", CalculationType.PhotonLeafMotions },
        };

        internal static PatientOrientation Orientation(string position)
        {
            PatientOrientation orientation;
            return Orientations.TryGetValue(position, out orientation) ? orientation : PatientOrientation.NoOrientation;
        }

        internal static string Position(PatientOrientation orientation)
        {
            return Orientations.Where(o => o.Value == orientation).Select(o => o.Key).DefaultIfEmpty("").First();
        }

        internal static bool TryModelType(string word, out CalculationType type)
        {
            return ModelTypes.TryGetValue(word, out type)
                || (Enum.TryParse(word, out type) && Enum.IsDefined(typeof(CalculationType), type));
        }

        internal static string ModelWord(CalculationType type)
        {
            return ModelTypes.Where(t => t.Value == type).Select(t => t.Key).DefaultIfEmpty(type.ToString()).First();
        }

        /// <summary>DICOM's APPROVED, or an ESAPI status in any spelling such as PLANNING_APPROVED.</summary>
        internal static PlanSetupApprovalStatus Approval(string word)
        {
            string letters = new string(word.Where(char.IsLetter).ToArray());
            if (letters.Equals("APPROVED", StringComparison.OrdinalIgnoreCase))
            {
                return PlanSetupApprovalStatus.PlanningApproved;
            }
            PlanSetupApprovalStatus status;
            return Enum.TryParse(letters, true, out status) ? status : PlanSetupApprovalStatus.Unknown;
        }

        internal static string ApprovalWord(PlanSetupApprovalStatus status)
        {
            return status.ToString().ToUpperInvariant();
        }
    }
}
