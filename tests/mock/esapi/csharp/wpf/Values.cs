using System;
using System.Globalization;
using System.Linq;
using System.Windows;
using System.Windows.Controls;
using System.Windows.Media;
using System.Windows.Media.Media3D;

/// <summary>Uses the stand-ins of WPF as scripts do and prints what was seen, a line each.</summary>
internal static class Values
{
    private static void Main()
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        Tell("colour", Color.FromRgb(1, 2, 255), Colors.Cornsilk, Colors.Red == Color.FromRgb(255, 0, 0), Brushes.Red.Color);
        MeshGeometry3D mesh = new MeshGeometry3D();
        Tell("empty", mesh.Bounds, mesh.Bounds.IsEmpty);
        mesh.Positions = new Point3DCollection { new Point3D(1, 5, -2), new Point3D(-3, 4, 0.5), new Point3D(2, 8, 9) };
        mesh.TriangleIndices = new Int32Collection(new[] { 0, 1, 2 });
        Rect3D bounds = mesh.Bounds;
        Tell("bounds", bounds, bounds.Contains(new Point3D(0, 6, 1)), bounds.Contains(new Point3D(0, 9, 1)));
        Tell("centre", mesh.Positions.Average(p => p.X), mesh.Positions.Max(p => p.Z));
        Vector3D across = Vector3D.CrossProduct(new Vector3D(1, 0, 0), new Vector3D(0, 2, 0));
        Tell("vector", across, Point3D.Subtract(mesh.Positions[0], mesh.Positions[1]).Length, Vector3D.AngleBetween(across, new Vector3D(0, 3, 0)));
        Tell("answers", MessageBox.Show("Go on?", "Plan", MessageBoxButton.YesNo), MessageBox.Show("Done"),
            MessageBox.Show("Sure?", "", MessageBoxButton.OKCancel, MessageBoxImage.Warning, MessageBoxResult.Cancel));
        StackPanel panel = new StackPanel();
        panel.Children.Add(new TextBlock { Text = "Dose check\nPTV 60 Gy" });
        panel.Children.Add(new CheckBox { Content = "approved", IsChecked = true });
        panel.Children.Add(new Button { Content = "OK" });
        panel.Children.Add(new TextBlock { Text = "hidden", Visibility = Visibility.Collapsed });
        Window window = new Window { Title = "Check", Content = panel };
        panel.Loaded += delegate { Console.WriteLine("loaded"); };
        bool refused = false;
        window.Closing += (s, e) => { e.Cancel = !refused; refused = true; Console.WriteLine("closing"); };
        window.Closed += delegate { Console.WriteLine("closed"); };
        bool? answer = window.ShowDialog();
        Tell("answer", answer, window.IsVisible);
        window.Close();
        try
        {
            window.Show();
        }
        catch (InvalidOperationException)
        {
            Console.WriteLine("a closed window stays closed");
        }
    }

    private static void Tell(string what, params object[] values)
    {
        Console.WriteLine(what + " " + string.Join(" ", values.Select(v => Convert.ToString(v, CultureInfo.InvariantCulture)).ToArray()));
    }
}
